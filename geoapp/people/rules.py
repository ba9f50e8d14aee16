"""The policy table: which permission exists, and who holds it."""

from enum import StrEnum


class OrganisationKind(StrEnum):
    """What an organisation is, in public."""

    MUNICIPALITY = "municipality"
    CONTRACTOR = "contractor"
    PLATFORM = "platform"
    RESIDENTS = "residents"
    FUND = "fund"
    SPONSOR = "sponsor"


class Role(StrEnum):
    """Who is asking. Until people sign in, everyone is anonymous."""

    ANONYMOUS = "anonymous"


class Permission(StrEnum):
    """What an endpoint can demand; an endpoint that demands nothing is refused at start."""

    SEE_PUBLIC = "see_public"
    REPORT = "report"
    OPERATE = "operate"


POLICY: dict[Permission, frozenset[Role]] = {
    Permission.SEE_PUBLIC: frozenset({Role.ANONYMOUS}),
    Permission.REPORT: frozenset({Role.ANONYMOUS}),
    # What a load balancer asks: alive, and no more.
    Permission.OPERATE: frozenset({Role.ANONYMOUS}),
}


def may(role: Role, permission: Permission) -> bool:
    """True where the policy gives `permission` to `role`; whatever is not listed is refused."""
    return role in POLICY.get(permission, frozenset())
