"""The other parts of the tour: a company that wants to sell, and the platform's desk that lets it in and settles a problem."""

import re

from playwright.sync_api import Page, expect

from tests.browser.people import reload_until

TAX_ID = "DE136695976"  # right in its check digits, and in the documentation of python-stdnum
EXTRACT = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Count 0/Kids[]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)


class Applicant:
    """Somebody who opens a shop."""

    def __init__(self, page: Page, company: str, email: str, password: str) -> None:
        self.page, self.company, self.email, self.password = page, company, email, password
        self.main = page.get_by_role("main")

    def press(self, name: str) -> None:
        """A button by its name."""
        self.main.get_by_role("button", name=name).first.click()

    def sign_up(self) -> None:
        """Person and company in one step, then the link of the mail, then the log-in."""
        page, main = self.page, self.main
        page.goto("/sign-up")
        main.get_by_label("Your name").fill("Ilse Marbach")
        main.get_by_label("Work e-mail").fill(self.email)
        main.get_by_label("Password").fill(self.password)
        main.get_by_label("Legal name").fill(self.company)
        main.get_by_label("Country").select_option(label="Germany")
        main.get_by_label("VAT or tax number").fill(TAX_ID)
        for side, is_wanted in (("Buy", False), ("Sell", True)):
            main.get_by_role("checkbox", name=re.compile(f"^{side}")).set_checked(is_wanted)
        main.get_by_role("checkbox", name=re.compile("accept the rules")).check()
        self.press("Create account and company")
        page.wait_for_url(lambda url: "/sign-up" not in url)
        page.goto(f"/dev/mail?to={self.email}")
        letter = main.get_by_role("link", name=re.compile("onfirm"))
        reload_until(page, letter)
        letter.first.click()
        main.locator('a[href*="/confirm-address/"]').click()
        self.press(f"Confirm {self.email}")
        page.wait_for_url(lambda url: "/confirm-address" not in url)
        if "/log-in" in page.url:
            main.get_by_label("E-mail").fill(self.email)
            main.get_by_label("Password").fill(self.password)
            self.press("Log in")
            page.wait_for_url(lambda url: "/log-in" not in url)

    def open_payout_account(self) -> None:
        """On the provider's page; then money can be paid out."""
        self.page.goto("/portal/payout-account")
        self.press("Open the account")
        self.main.get_by_role("link", name="Go on to the provider's form").click()
        self.page.get_by_label("Legal name of the company").fill(self.company)
        self.page.get_by_label("Country").fill("DE")
        self.page.get_by_role("button", name="Submit").click()
        self.page.wait_for_url("**/portal/payout-account")
        reload_until(self.page, self.main.get_by_text("Released money goes to this account by itself."))

    def apply(self) -> None:
        """Legal facts and the registry extract, sent to the verification desk."""
        page, main = self.page, self.main
        page.goto("/portal/application")
        main.locator("#kind").select_option(index=1)
        main.locator("#registry_number").fill("HRB 990001, Amtsgericht Köln")
        for name in ("registry_file", "tax_id_file", "address_file", "owners_file"):
            main.locator(f"#{name}").set_input_files({"name": f"{name}.pdf", "mimeType": "application/pdf", "buffer": EXTRACT})
        for name, text in (
            ("street", "Mühlengasse 3"),
            ("postcode", "50667"),
            ("city", "Köln"),
            ("owners", "Ilse Marbach, 100 %"),
            ("phone", "+49 30 23125 009"),
            ("email", self.email),
        ):
            main.locator(f"#{name}").fill(text)
        main.locator("#country").select_option("DE")
        main.locator("#agreement").check()
        self.press("Send to the verification desk")
        expect(main.get_by_text("The desk answers by")).to_be_visible()


def approve(page: Page, company: str) -> None:
    """The verifier finds every line in order and gives level 1."""
    main = page.get_by_role("main")
    page.goto("/desk/verification")
    main.get_by_role("link").filter(has_text=company).first.click()
    page.wait_for_url("**/desk/verification/*")
    for point in main.locator("article.case").get_by_role("checkbox").all():
        point.check()
    for finding in main.get_by_role("radio", name="Passed").all():
        finding.check()
    cap = main.locator("#exposure_cap")
    if cap.count():
        cap.fill("5000")
    main.get_by_role("button", name="Approve, give level 1").click()
    expect(main.get_by_role("button", name="Approve, give level 1")).to_have_count(0)


def refund(page: Page, order: str, reason: str) -> None:
    """Finance settles a reported problem for the buyer."""
    main = page.get_by_role("main")
    page.goto("/desk/problems")
    main.get_by_role("row").filter(has_text=order).get_by_role("link", name=re.compile("^CLM-")).first.click()
    page.wait_for_url("**/desk/problems/*")
    main.get_by_role("radio", name=re.compile("^Refund")).check()
    main.get_by_label("Reason").fill(reason)
    main.get_by_role("button", name=re.compile("^Decide about")).click()
    page.wait_for_url("**/desk/problems")
    expect(main.get_by_role("status").filter(has_text="goes back to")).to_be_visible()
    expect(main.get_by_role("region", name="Problems of all companies").get_by_role("row").filter(has_text=order)).to_contain_text(
        "Refunded"
    )


def see_that_books_agree(page: Page) -> None:
    """The ledger's balance at the provider is the provider's own, in every currency."""
    main = page.get_by_role("main")
    page.goto("/desk/ledger")
    lines = main.get_by_role("row").filter(has_text="1010")
    agreeing = main.locator("section[aria-labelledby=books] .table-region").first.get_by_text("Agrees", exact=True)
    reload_until(page, agreeing)
    books = main.locator("section[aria-labelledby=books] .table-region").first
    expect(books.get_by_text("Agrees", exact=True)).to_have_count(books.locator("tbody tr").count())
    assert lines.count() >= 1
