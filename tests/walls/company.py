"""What a company says of itself and what its people prove themselves by, with private words in it."""

from marketplace.accounts.models import LinkKind, PersonLink
from marketplace.core import clock, files
from marketplace.core.db import db
from marketplace.core.ids import new_id, new_token, token_hash
from tests.factories.accounts import make_app, make_exemption, make_passkey, make_unit
from tests.walls.side import Side, World

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


def make_company_facts(world: World, side: Side) -> None:
    """Units, a tax number, an exemption certificate; a passkey and a second factor; a link that changes an address."""
    company = side.companies["buyer"]
    above = make_unit(company, name=f"Unit {world.word(side, 'unit', 'buyer')}")
    below = make_unit(company, name=f"Unit {world.word(side, 'lower unit', 'buyer')}", parent=above)
    side.ids |= {"unit": str(above.id), "unit2": str(below.id)}
    number = world.word(side, "tax number", "buyer")
    company.tax_ids = [{"scheme": "se.vat", "value": number, "display": f"SE{number}", "country": "SE"}]
    side.ids["tax_number"] = number
    stored = files.record(company.id, f"{world.word(side, 'exemption file', 'buyer')}.pdf", PDF)
    db.session.flush()  # the certificate points to it
    files.store(stored, PDF)
    certificate = make_exemption(company, stored.id, number=f"TX {world.word(side, 'exemption', 'buyer')}")
    side.ids |= {"exemption": str(certificate.id), "exemption_file": str(stored.id)}
    owner, quality = (world.people[side.key(name)].person for name in ("owner", "quality"))
    assert owner is not None
    assert quality is not None
    side.ids["passkey"] = str(make_passkey(owner, name=f"Key {world.word(side, 'passkey', 'buyer')}").id)
    make_app(quality, secret_key=world.app.config["SECRET_KEY"], codes=["aaaa-bbbb-cccc-dddd"])
    token, now = new_token(), clock.now()
    db.session.add(
        PersonLink(
            id=new_id(),
            person_id=quality.id,
            kind=LinkKind.CHANGE_EMAIL,
            email=f"{world.word(side, 'new mail', 'vendor')}@people.example",
            token_hash=token_hash(token),
            created_at=now,
            expires_at=now.replace(year=now.year + 1),
            used_at=None,
        )
    )
    side.ids[LinkKind.CHANGE_EMAIL.value] = token
    db.session.flush()  # found by the pages
