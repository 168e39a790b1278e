"""Distinct letters as they reach a privacy mailbox: different people, languages and rights, about 1.5 kB each."""

from email.message import EmailMessage
from itertools import count
from typing import Final

_LETTERS: Final = (
    (
        "Request for access to my personal data",
        "Dear Sir or Madam,\n\n"
        "I have been a customer of yours for several years and have telephoned your service line many times. Under "
        "Article 15 of the General Data Protection Regulation I ask you to confirm whether you process personal data "
        "about me and, if so, to send me a copy of it, together with the purposes, the recipients, the period of "
        "storage and the source of the data.\n\n"
        "In particular I would like to have the recordings of my calls of this spring, and what your staff noted "
        "about them. My customer number is {number}. Please answer to this address.\n\n"
        "Yours faithfully\n{name}\n",
    ),
    (
        "Löschung meiner Daten",
        "Sehr geehrte Damen und Herren,\n\n"
        "hiermit widerrufe ich meine Einwilligung in die Aufzeichnung meiner Telefongespräche und verlange die "
        "unverzügliche Löschung aller zu meiner Person gespeicherten Daten gemäß Artikel 17 DSGVO. Bitte teilen Sie "
        "mir mit, an welche Empfänger Sie die Daten weitergegeben haben, und bestätigen Sie die Löschung schriftlich."
        "\n\nSollten Sie einzelne Daten wegen gesetzlicher Aufbewahrungsfristen nicht löschen können, so nennen Sie "
        "mir bitte die Vorschrift. Meine Kundennummer lautet {number}.\n\n"
        "Mit freundlichen Grüßen\n{name}\n",
    ),
    (
        "Demande de rectification",
        "Madame, Monsieur,\n\n"
        "En application de l'article 16 du RGPD, je vous demande de rectifier les données me concernant : l'adresse "
        "qui figure dans votre fichier sous le numéro de client {number} n'est plus la bonne depuis mon "
        "déménagement, et mon nom y est mal orthographié. Je m'oppose par ailleurs à l'utilisation de mes données à "
        "des fins de prospection commerciale.\n\n"
        "Je vous prie de me confirmer la modification dans le délai d'un mois prévu par le règlement.\n\n"
        "Veuillez agréer, Madame, Monsieur, l'expression de mes salutations distinguées.\n{name}\n",
    ),
    (
        "Portabilidad de mis datos",
        "Estimados señores:\n\n"
        "Al amparo del artículo 20 del RGPD solicito recibir en un formato estructurado, de uso común y lectura "
        "mecánica los datos personales que les he facilitado, incluidas las grabaciones de mis llamadas y las notas "
        "de sus agentes. Mi número de cliente es {number}.\n\n"
        "Les ruego que me los envíen a esta dirección de correo electrónico en el plazo de un mes.\n\n"
        "Atentamente,\n{name}\n",
    ),
)

_numbers = count(1)


def letter() -> bytes:
    """The next letter: another person and another Message-ID each time."""
    number = next(_numbers)
    subject, text = _LETTERS[number % len(_LETTERS)]
    name = f"Robin Example-{number}"
    message = EmailMessage()
    message["Received"] = "from mail.example by mx.callcentre.example; Tue, 10 Nov 2026 09:30:00 +0000"
    message["From"] = f"{name} <robin-{number}@mail.example>"
    message["To"] = "privacy@callcentre.example"
    message["Subject"] = subject
    message["Date"] = "Tue, 10 Nov 2026 09:29:30 +0000"
    message["Message-ID"] = f"<{number}.benchmark@mail.example>"
    message.set_content(text.format(name=name, number=100_000 + number))
    return message.as_bytes()
