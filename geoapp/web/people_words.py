"""Words on screen for roles, and for what people do. Dutch and others stand in translations."""

from datetime import date

from geoapp.people.rules import Mandate, Permission, Role
from geoapp.web import words
from geoapp.web.language import Words, gettext, lazy_gettext
from geoapp.web.words import say_day

ROLES: dict[Role, Words] = {
    Role.ANONYMOUS: lazy_gettext("everybody"),
    Role.RESIDENT: lazy_gettext("resident"),
    Role.PLATFORM_MEMBER: lazy_gettext("member of the platform"),
    Role.PLATFORM_MANAGER: lazy_gettext("manager of the platform"),
    Role.MAINTAINER: lazy_gettext("keeps places right"),
    Role.DISTRICT_OFFICER: lazy_gettext("works for the district"),
    Role.COMMISSION_MEMBER: lazy_gettext("member of the district commission"),
    Role.MEDIATING_TEAM: lazy_gettext("mediating team"),
    Role.SUPPORT: lazy_gettext("supports platforms"),
    Role.MODERATOR: lazy_gettext("moderator"),
    Role.ADMINISTRATOR: lazy_gettext("administrator"),
}

MANDATES: dict[Mandate, Words] = {
    Mandate.DECIDES: lazy_gettext("may decide"),
    Mandate.ADVISES: lazy_gettext("gives advice"),
    Mandate.PASSES_ON: lazy_gettext("passes it on"),
}

SCOPES: dict[Permission, Words] = {
    Permission.EDIT_PLATFORM: lazy_gettext("Change the words of my platform"),
    Permission.ACT_ON_DEFECT: lazy_gettext("Act on reports that I have a part in"),
}

# Doers that are no role: a link somebody was given, and the command line.
DOERS: dict[str, Words] = {
    "secret_link": lazy_gettext("Somebody with their own link"),
    "anonymous": lazy_gettext("Somebody without an account"),
    "command": lazy_gettext("The operator, by command"),
    "mail_link": lazy_gettext("Somebody by the link of a mail to them"),
}

ACTIONS: dict[str, Words] = {
    "edit_platform": lazy_gettext("Changed the words"),
    "see_platform_history": lazy_gettext("Looked at the history"),
    "give_consent": lazy_gettext("Changed who may act for the platform"),
    "see_defect_history": lazy_gettext("Looked at the history of a report"),
    "moderate": lazy_gettext("Judged words or a photo"),
    "judge_words": lazy_gettext("Judged the words"),
    "judge_photo": lazy_gettext("Judged a photo"),
    "judge_voice": lazy_gettext("Judged the words of a neighbour"),
    "judge_note": lazy_gettext("Judged what the city told a resident"),
    "edit_ladder": lazy_gettext("Changed days and rungs"),
    "set_mailbox": lazy_gettext("Changed where mail goes"),
    "act_on_defect": lazy_gettext("Looked at a report to act on it"),
    "handle_defect": lazy_gettext("Wanted to handle a report"),
    "merge_defects": lazy_gettext("Wanted to merge reports"),
    "check_defect": lazy_gettext("Wanted to check a report"),
    "speak": lazy_gettext("Said how it is"),
    "take": lazy_gettext("Took the report"),
    "promise": lazy_gettext("Promised a day"),
    "ask": lazy_gettext("Asked something"),
    "pass_on": lazy_gettext("Passed it on"),
    "accept": lazy_gettext("Accepted it"),
    "handle": lazy_gettext("Said that it is done"),
    "refuse": lazy_gettext("Refused it"),
    "merge": lazy_gettext("Merged it into another report"),
    "unmerge": lazy_gettext("Undid the merging"),
    "check": lazy_gettext("Looked at it for both sides"),
    "object": lazy_gettext("Objected to what was hidden"),
    "settle_appeal": lazy_gettext("Looked again after an objection"),
    "make_token": lazy_gettext("Made a token"),
    "remove_token": lazy_gettext("Took a token away"),
    "end_sessions": lazy_gettext("Signed out everywhere"),
    "give_role": lazy_gettext("Gave a role"),
    "end_role": lazy_gettext("Took a role away"),
    "confirm_factor": lazy_gettext("Set up the second factor"),
    "assign_contact": lazy_gettext("Said who a contact is today"),
    "remove_factor": lazy_gettext("Took the second factor away"),
    "declare_outline": lazy_gettext("Said where the neighbourhood is"),
    "end_outline": lazy_gettext("Took back where the neighbourhood is"),
    "add_alias": lazy_gettext("Added another name"),
    "end_alias": lazy_gettext("Took another name away"),
    "name_neighbourhood": lazy_gettext("Said what the neighbourhood is called"),
    "erase_reporter": lazy_gettext("Erased their own data"),
    "confirm_follow": lazy_gettext("Confirmed an address"),
    "withdraw": lazy_gettext("Withdrew their own report"),
    "leave": lazy_gettext("Left their own report to others"),
    "retake": lazy_gettext("Took their own report up again"),
    "stop_following": lazy_gettext("Stopped following"),
    "keep_hours": lazy_gettext("Looked at the opening hours to change them"),
    "check_contact": lazy_gettext("Said that a contact is right"),
    "look_after_asset": lazy_gettext("Wanted to look after a place"),
    "remove_asset": lazy_gettext("Wanted to have a place taken away"),
    "inspect": lazy_gettext("Looked whether it is clean and safe"),
    "confirm_inspection": lazy_gettext("Confirmed that both sides looked"),
    "warn": lazy_gettext("Gave a warning"),
    "take_up": lazy_gettext("Said that it is being repaired"),
    "find_right": lazy_gettext("Found it repaired, together"),
    "find_wrong": lazy_gettext("Found it not repaired, together"),
    "withdraw_warning": lazy_gettext("Took a warning back"),
    "ask_removal": lazy_gettext("Asked to take it away"),
    "settle_removal": lazy_gettext("Said yes or no to taking it away"),
    "follow_warning": lazy_gettext("Went on from a warning to taking it away"),
    "let_stay": lazy_gettext("Let it stay, with time for repair"),
    "remove_after_warning": lazy_gettext("Had it taken away after a warning"),
    "set_hours": lazy_gettext("Changed the opening hours"),
    "forget_hours": lazy_gettext("Took the opening hours away"),
    "shut_today": lazy_gettext("Said that it is closed today"),
    "open_after_all": lazy_gettext("Said that it is open after all"),
    "tell_other_day": lazy_gettext("Told a day that is different"),
    "forget_other_day": lazy_gettext("Made a day as usual again"),
    "manage_asset": lazy_gettext("Wanted to manage it"),
    "assign_keeper": lazy_gettext("Wanted to say who keeps it"),
    "change_entry": lazy_gettext("Changed the facts"),
    "replace_asset": lazy_gettext("Said that a new one stands there"),
    "change_owner": lazy_gettext("Said whose it is"),
    "change_keeper": lazy_gettext("Said who keeps it"),
    "end_keeping": lazy_gettext("Ended who keeps it"),
    "link_contract": lazy_gettext("Changed under which contract it is built"),
    "add_agreement": lazy_gettext("Made an agreement"),
    "change_agreement": lazy_gettext("Changed the agreement"),
    "extend_agreement": lazy_gettext("Extended the agreement"),
    "end_agreement": lazy_gettext("Ended the agreement"),
    "put_party": lazy_gettext("Said what a party does"),
    "remove_party": lazy_gettext("Took a party out"),
    "cover_assets": lazy_gettext("Changed what the agreement covers"),
    "add_scan": lazy_gettext("Added the scan"),
    "replace_scan": lazy_gettext("Replaced the scan"),
    "remove_scan": lazy_gettext("Took the scan away"),
    "add_key": lazy_gettext("Added a key"),
    "hand_over_key": lazy_gettext("Began to hand over a key"),
    "confirm_key_giver": lazy_gettext("Said that a key was handed over"),
    "confirm_key_receiver": lazy_gettext("Said that a key was received"),
    "deny_key_giver": lazy_gettext("Said that a key was not handed over"),
    "deny_key_receiver": lazy_gettext("Said that a key was not received"),
    "withdraw_key": lazy_gettext("Took back the handing over of a key"),
    "lose_key": lazy_gettext("Said that a key is lost"),
    "find_key": lazy_gettext("Said that a key is found"),
    "retire_key": lazy_gettext("Took a key out of use"),
    "manage_register": lazy_gettext("Wanted to load a register"),
    "load_register": lazy_gettext("Loaded a register"),
    "undo_register": lazy_gettext("Took back what was loaded"),
    "place_asset": lazy_gettext("Put it on the map"),
    "move_asset": lazy_gettext("Moved it"),
    "draw_outline": lazy_gettext("Drew its outline"),
    "claim_area": lazy_gettext("Put the platform forward"),
    "change_claim": lazy_gettext("Said that its area is another one"),
    "choose_claim": lazy_gettext("Chose who speaks for an area"),
    "give_mandate": lazy_gettext("Said who speaks for the platform"),
    "end_mandate": lazy_gettext("Ended that somebody speaks for the platform"),
    "keep_recognition": lazy_gettext("Said who they are, with examples"),
    "publish_recognition": lazy_gettext("Let everybody read who they are"),
    "withdraw_recognition": lazy_gettext("Kept to themselves again who they are"),
    "move_recognition": lazy_gettext("Went on with a newer list of criteria"),
    "remark_recognition": lazy_gettext("Said something about who they are"),
    "judge_platform": lazy_gettext("Judged the words of a platform"),
    "review_recognition": lazy_gettext("Decided on who they are"),
}

FIELDS: dict[str, Words] = {
    "says": lazy_gettext("What they said"),
    "due_on": lazy_gettext("Promised day"),
    "into": lazy_gettext("Merged into"),
    "about": lazy_gettext("Who we are"),
    "meets": lazy_gettext("When we meet"),
    "may_act": lazy_gettext("May act for the platform"),
    "organisation": lazy_gettext("Organisation"),
    "scopes": lazy_gettext("What it may do"),
    "until": lazy_gettext("Until"),
    "role": lazy_gettext("Role"),
    "district": lazy_gettext("District"),
    "name": lazy_gettext("Name"),
    "state": lazy_gettext("State"),
    "target": lazy_gettext("What of the report"),
    "position": lazy_gettext("Number within the report"),
    "reason": lazy_gettext("Reason"),
    "answer_days": lazy_gettext("Days to answer"),
    "acceptance_days": lazy_gettext("Days to accept what was passed on"),
    "silence_days": lazy_gettext("Days for residents to say whether it is good"),
    "rung_1": lazy_gettext("First rung: who handles it"),
    "rung_1_days": lazy_gettext("Days to answer on the first rung"),
    "rung_2": lazy_gettext("Second rung: the team lead"),
    "rung_2_days": lazy_gettext("Days to answer on the second rung"),
    "has_mailbox": lazy_gettext("Has a mailbox"),
    "hours": lazy_gettext("Opening hours"),
    "on_day": lazy_gettext("Day"),
    "note": lazy_gettext("Note"),
    "is_shut": lazy_gettext("Closed for the day"),
    "physical_status": lazy_gettext("Does it stand there?"),
    "register_status": lazy_gettext("In the city's list?"),
    "planned_on": lazy_gettext("To be built on"),
    "review_on": lazy_gettext("Trial, looked at again on"),
    "part_of": lazy_gettext("Stands in"),
    "shows": lazy_gettext("Is about"),
    "owner": lazy_gettext("Owner"),
    "starts_on": lazy_gettext("First day"),
    "contract": lazy_gettext("Framework contract"),
    "title": lazy_gettext("Name of the agreement"),
    "signed_on": lazy_gettext("Signed on"),
    "valid_to": lazy_gettext("Last day"),
    "ended_on": lazy_gettext("Ended, last day"),
    "remind_days": lazy_gettext("Days of warning before the end"),
    "party": lazy_gettext("Party"),
    "undertakes": lazy_gettext("What the party does"),
    "covered": lazy_gettext("What it covers"),
    "scan": lazy_gettext("Scan"),
    "key": lazy_gettext("Key"),
    "result": lazy_gettext("What was found"),
    "list": lazy_gettext("Number of the list"),
    "together": lazy_gettext("Looked together"),
    "case": lazy_gettext("Where the warning stands"),
    "ground": lazy_gettext("Why it should go"),
    "interests": lazy_gettext("Interests that were weighed"),
    "decides": lazy_gettext("Who decides"),
    "still_possible": lazy_gettext("What could still be done"),
    "outcome": lazy_gettext("Yes or no"),
    "batch": lazy_gettext("Number of the load"),
    "file_name": lazy_gettext("File"),
    "new_count": lazy_gettext("New"),
    "changed_count": lazy_gettext("Brought up to date"),
    "left_count": lazy_gettext("Left as it was"),
    "kind": lazy_gettext("What it is"),
    "place": lazy_gettext("Latitude, longitude"),
    "covers": lazy_gettext("What they do for it"),
    "outline": lazy_gettext("Outline"),
    "area": lazy_gettext("Area"),
    "platforms": lazy_gettext("Platforms"),
    "body": lazy_gettext("Which body"),
    "reasons": lazy_gettext("Reasons"),
    "decided_on": lazy_gettext("Decided on"),
    "on_behalf_of": lazy_gettext("For whom"),
    "valid_from": lazy_gettext("First day"),
    "criterion": lazy_gettext("Criterion"),
    "words": lazy_gettext("Words"),
    "evidence": lazy_gettext("What shows it"),
    "decision": lazy_gettext("Decision"),
    "side": lazy_gettext("Reviewed as"),
    **{aspect.value: said for aspect, said in words.ASPECTS.items()},
    **words.DETAILS,
}

# Values of closed sets, by the name of the field.
VALUES: dict[str, dict[str, Words]] = {
    "physical_status": {status.value: said for status, said in words.STATUSES.items()},
    "register_status": {status.value: said for status, said in words.REGISTERS.items()},
}


def say_doer(label: str) -> str:
    """Under what somebody acted: a role, a link, a command."""
    known = DOERS | {role.value: said for role, said in ROLES.items()}
    return str(known.get(label, label))


def say_action(action: str) -> str:
    """What was done."""
    return str(ACTIONS.get(action, action))


def say_field(name: str) -> str:
    """What a value is of."""
    return str(FIELDS.get(name, name))


def say_value(name: str, value: str) -> str:
    """A value of a field, in words where it is one of a closed set."""
    return str(VALUES.get(name, {}).get(value, value))


def say_period(valid_from: date, valid_to: date | None, *, today: date) -> str:
    """From when to when somebody holds a role."""
    begins = say_day(valid_from, today=today)
    if valid_to is None:
        return gettext("since %(day)s", day=begins)
    return gettext(
        "from %(first)s until %(last)s", first=begins, last=say_day(valid_to, today=today)
    )
