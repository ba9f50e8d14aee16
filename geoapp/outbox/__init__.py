"""What leaves the house: written in its cause's transaction (`actions`), sent by a worker that
tries again until it is (`worker`, when: `rules`), and mail itself (`mails`).

Never here: a noun, whom a mail is for, its words. A payload holds ids and no address; who hands the
worker its handlers knows the rest.
"""
