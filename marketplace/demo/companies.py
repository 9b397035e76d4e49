"""Seeds the companies of the demo world through the services of accounts and vendors: operator, vendors, buyers, reviewers."""

from uuid import UUID

from marketplace.accounts import services as accounts
from marketplace.accounts.docks import DAYS
from marketplace.accounts.models import LinkKind
from marketplace.accounts.permissions import Role
from marketplace.accounts.queries import members_of
from marketplace.core import clock, files
from marketplace.core.audit import SYSTEM, Actor
from marketplace.core.db import db
from marketplace.core.ids import new_token
from marketplace.demo import papers
from marketplace.demo.admission import admit, admitted_on, checks_of
from marketplace.demo.cast import reviewer_email
from marketplace.demo.shipping import shipping_of
from marketplace.demo.world import LANGUAGES, Calendar, Row, World, by_language
from vendors import queries
from vendors import services as vendors
from vendors.models import CertificateScope, VendorState
from vendors.services import Finding

STAFF_ROLES = {
    "verifier": Role.PLATFORM_VERIFIER,
    "finance": Role.PLATFORM_FINANCE,
    "admin": Role.PLATFORM_ADMIN,
    "support": Role.PLATFORM_SUPPORT,
}
LOCALES = {"en": "en", "zh": "zh_Hans"}
UNCHECKED_DAYS_AGO = -12
"""When a vendor without any check yet opened its company."""
CHECKED_STATES = frozenset({"valid", "expired"})
REVIEWER_PLACES = {
    "DK": ("Havnegade 112", "8700", "Horsens"),
    "IT": ("Via dei Telai 48", "31100", "Treviso"),
    "DE": ("Am Maschinenhof 7", "33602", "Bielefeld"),
    "NO": ("Havbruksveien 3", "7900", "Rørvik"),
    "PL": ("ul. Taśmowa 21", "61-001", "Poznań"),
    "GB": ("12 Planer Row", "HR4 0AA", "Hereford"),
    "FI": ("Valaisimenkatu 5", "33100", "Tampere"),
    "US": ("4100 Cannery Loop", "53703", "Madison", "WI"),
    "IE": ("Unit 9, Quay Works", "T12 X000", "Cork"),
    "FR": ("6 rue du Fournil", "35000", "Rennes"),
    "CN": ("泵业路 66 号", "315000", "宁波"),
}
"""Streets of our own making for the reviewers that the files name by country only; the state where one taxes by itself."""


class CompanySeeder:
    """Writes the companies, everybody with one password; `hashed` is what is stored of it: hashing it for each would take a minute."""

    def __init__(self, world: World, calendar: Calendar, hashed: str) -> None:
        self.world = world
        self.calendar = calendar
        self.hashed = hashed

    def seed_operator(self) -> Actor:
        """The platform's own company and its staff; returns the verifier."""
        facts = self.world.companies["operator"]
        with clock.at(self.calendar.instant(-900)):
            company = accounts.open_company(
                facts["legal_name"],
                country=facts["country"],
                currency=facts["currency"],
                language="en",
                is_buyer=False,
                is_vendor=False,
                is_operator=True,
                phone=facts["phone"],
                email=facts["email"],
                time_zone="Europe/Stockholm",
                actor=SYSTEM,
            )
            staff = self.world.companies["platform_staff"]
            ids = [self._add_person(company.id, person, [STAFF_ROLES[person["role"]]], "en", "Europe/Stockholm") for person in staff]
        number = next(n for n, person in enumerate(staff) if person["role"] == "verifier")
        return Actor(person_id=ids[number], company_id=company.id, name=staff[number]["name"], is_staff=True)

    def seed_vendor(self, row: Row, verifier: Actor) -> UUID:
        """A vendor with its people, checks, certificates and ways to ship. What it asks of buyers comes after the history.

        One that is suspended today is let in by the history, which plays its past: nobody sees its shop until then.
        """
        checks = checks_of(row)
        opened_on = admitted_on(row) if checks else UNCHECKED_DAYS_AGO
        with clock.at(self.calendar.instant(opened_on - 10)):
            company_id = self._open_vendor(row)
            owner = Actor(person_id=self._people_of_vendor(row, company_id), company_id=company_id, name=row["members"][0]["name"])
            self._apply(row, company_id, owner, owners=", ".join(m["name"] for m in row["members"] if m["role"] == "owner") or None)
            self._furnish(row, company_id, owner)
        if checks and row["onboarding_state"] != VendorState.SUSPENDED:
            admit(row, company_id, self.calendar, verifier)
        self._record_certificates(row, company_id, verifier)
        return company_id

    def apply_for_check(self, row: Row, company_id: UUID, paper_id: UUID, verifier: Actor) -> None:
        """An applicant that was asked for more and has sent it: its case lies with the verifiers."""
        owner = Actor(person_id=verifier.person_id, company_id=company_id, name=row["members"][0]["name"])
        owners = ", ".join(member["name"] for member in row["members"] if member["role"] == "owner")
        with clock.at(self.calendar.instant(-5)):
            self._apply(row, company_id, owner, owners="unreadable scan")
            vendors.attach_document(company_id, "registry", paper_id, actor=owner)
            vendor = vendors.submit_application(company_id, actor=owner)
        with clock.at(self.calendar.instant(-4)):
            findings = {"owners": Finding(is_passed=False, reason="The list of owners cannot be read.")}
            stamp = queries.case_stamp(vendor)
            vendors.ask_for_more(company_id, findings, stamp=stamp, reason=row["state_reason"], actor=verifier)
        with clock.at(self.calendar.instant(0)):
            self._apply(row, company_id, owner, owners=owners)
            vendors.submit_application(company_id, actor=owner)

    def _open_vendor(self, row: Row) -> UUID:
        return accounts.open_company(
            row["legal_name"],
            local_name=row["legal_name_zh"],
            country=row["country"],
            currency=row["currency"],
            language="zh_Hans" if row["country"] == "CN" else "en",
            is_buyer=False,
            is_vendor=True,
            tax_ids=row["tax_ids"],
            time_zone=row["time_zone"],
            phone=row["phone"],
            email=row["email"],
            actor=SYSTEM,
        ).id

    def _people_of_vendor(self, row: Row, company_id: UUID) -> UUID:
        """Add the members; returns the owner, or whoever stands first."""
        ids = {}
        for person in row["members"]:
            role = Role(f"vendor_{person['role']}")
            ids[person["role"]] = self._add_person(company_id, person, [role], "en", row["time_zone"])
        return ids.get("owner") or next(iter(ids.values()))

    def _apply(self, row: Row, company_id: UUID, owner: Actor, *, owners: str | None) -> None:
        vendors.save_application(
            company_id,
            kind=row["kind"],
            registry_number=row["tax_ids"][0]["display"],
            address=row["address"],
            owners=owners,
            phone=row["phone"],
            email=row["email"],
            is_signed=True,
            actor=owner,
        )

    def _furnish(self, row: Row, company_id: UUID, owner: Actor) -> None:
        holiday = row["holiday"]
        vendors.edit_shop(
            company_id,
            about=by_language(row["about"]),
            languages=[LANGUAGES.get(language, language) for language in row["languages"]],
            founded=row["founded"],
            staff=row["staff"],
            phone=row["phone"],
            email=row["email"],
            website=row["website"],
            hours=row["hours"],
            returns=row["returns"],
            opening_minimum_minor=0,
            reorder_minimum_minor=0,
            inspection_days=10,
            stock_display="exact",
            holiday_from=self.calendar.day(holiday["from_day"]) if holiday else None,
            holiday_until=self.calendar.day(holiday["until_day"]) if holiday else None,
            actor=owner,
        )
        for method in shipping_of(row, self.world.companies["indicative_rates_eur"]):
            vendors.add_shipping_method(company_id, actor=owner, **method)

    def _record_certificates(self, row: Row, company_id: UUID, verifier: Actor) -> None:
        owner = Actor(person_id=verifier.person_id, company_id=company_id, name=row["members"][0]["name"])
        for certificate in row["certificates"]:
            until = certificate["valid_until_day"]
            looked_up = certificate["looked_up_day"]
            is_checked = certificate["state"] in CHECKED_STATES and looked_up is not None
            facts = {
                "scheme": self.scheme_name(certificate["scheme"]),
                "number": certificate["number"],
                "issuer": certificate["issuer"],
                "scope": certificate["scope"]["en"] if certificate["scope"] else None,
                "valid_from": self.calendar.day(certificate["valid_from_day"]),
                "valid_until": self.calendar.day(until) if until is not None else None,
            }
            with clock.at(self.calendar.instant(looked_up if looked_up is not None else 0)):
                content = papers.certificate_paper(holder=row["legal_name"], **facts)
                stored = files.record(company_id, f"{facts['scheme']} {facts['number']}.pdf", content)
                db.session.flush()  # the certificate points to it
                vendors.record_certificate(
                    company_id,
                    **facts,
                    scope_kind=CertificateScope(certificate["scope_kind"]),
                    file_id=stored.id,
                    is_file_public=certificate["state"] != "expired",
                    checked_by=verifier.name if is_checked else None,
                    actor=verifier if is_checked else owner,
                )

    def scheme_name(self, key: str) -> str:
        """`iso-9001` as it is written on paper."""
        return SCHEME_NAMES.get(key, key.upper())

    def seed_buyer(self, row: Row) -> UUID:
        """A buyer with its people and delivery addresses."""
        with clock.at(self.calendar.instant(-row["account_days"])):
            company = accounts.open_company(
                row["legal_name"],
                local_name=row["legal_name_zh"],
                country=row["country"],
                currency=row["currency"],
                language=LOCALES[row["language"]],
                is_buyer=True,
                is_vendor=False,
                tax_ids=row["tax_ids"],
                time_zone=row["time_zone"],
                phone=row["phone"],
                email=row["email"],
                actor=SYSTEM,
            )
            for person in row["members"]:
                self._add_person(company.id, person, [Role(person["role"])], LOCALES[row["language"]], row["time_zone"])
            for place in row["locations"]:
                self._add_location(company.id, place)
            self._add_units(row, company.id)
        return company.id

    def seed_reviewer(self, row: Row) -> UUID:
        """A bare company that writes reviews: one person, one address."""
        street, postcode, city, *region = REVIEWER_PLACES[row["country"]]
        locale = "zh_Hans" if row["country"] == "CN" else "en"
        with clock.at(self.calendar.instant(-400)):
            company = accounts.open_company(
                row["legal_name"],
                country=row["country"],
                currency="EUR",
                language=locale,
                is_buyer=True,
                is_vendor=False,
                actor=SYSTEM,
            )
            person = {"name": "Purchasing", "email": reviewer_email(row["key"])}
            self._add_person(company.id, person, [Role.OWNER], locale, company.time_zone)
            place = {"name": "Goods in", "street": street, "postcode": postcode, "city": city, "country": row["country"]}
            place["region"] = region[0] if region else None
            self._add_location(company.id, place)
        return company.id

    def _add_units(self, row: Row, company_id: UUID) -> None:
        """The departments, each after the one above it, and who works where."""
        known: dict[str, UUID] = {}
        for unit in row["units"]:
            parent_id = known[unit["parent"]] if unit["parent"] else None
            added = accounts.add_unit(company_id, name=unit["name"], cost_centre=unit.get("cost_centre"), parent_id=parent_id, actor=SYSTEM)
            known[unit["key"]] = added.id
        units = {person["email"]: known[person["unit"]] for person in row["members"] if person.get("unit")}
        for member, person in members_of(company_id):
            if person.email in units:
                accounts.place_member(member.id, company_id=company_id, unit_id=units[person.email], location_id=None, actor=SYSTEM)

    def _add_location(self, company_id: UUID, place: Row) -> None:
        hours = dict.fromkeys(DOCK_DAYS[place["dock_days"]], (place["dock_from"], place["dock_to"])) if "dock_days" in place else {}
        accounts.add_location(
            company_id,
            name=place["name"],
            street=place["street"],
            postcode=place["postcode"],
            city=place["city"],
            region=place.get("region"),
            country=place["country"],
            dock=place.get("dock"),
            dock_hours=hours,
            actor=SYSTEM,
        )

    def _add_person(self, company_id: UUID, person: Row, roles: list[Role], locale: str, time_zone: str) -> UUID:
        person_id = accounts.add_person(person["email"], name=person["name"], password_hash=self.hashed, locale=locale, time_zone=time_zone)
        if person_id is None:
            raise ValueError(f"{person['email']} is taken")
        accounts.add_member(company_id, person_id, roles, actor=SYSTEM)
        token = new_token()
        accounts.record_link(person_id, LinkKind.CONFIRM_EMAIL, token)
        accounts.confirm_address(token, actor=SYSTEM)
        return person_id


DOCK_DAYS = {"Mon-Fri": DAYS[:5], "Mon-Sat": DAYS[:6]}
SCHEME_NAMES = {
    "iso-9001": "ISO 9001",
    "iso-14001": "ISO 14001",
    "iatf-16949": "IATF 16949",
    "reach": "REACH",
    "rohs": "RoHS",
    "bsci": "BSCI",
    "ce": "CE",
    "ce-305": "CE 305/2011",
    "ce-ped": "CE PED",
    "ce-ppe": "CE PPE",
    "ukca": "UKCA",
    "fsc": "FSC",
    "ul": "UL",
    "fda": "FDA",
    "atex": "ATEX",
    "en-12413": "EN 12413",
    "oeko-tex-100": "OEKO-TEX Standard 100",
}
