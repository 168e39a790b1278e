"""The page that a link to a package leads to: `/x#token`, where a person gives the second secret and downloads.

The token stands behind `#`, which browsers send to nobody. A small script of ours puts it into the form; without
script the person copies it there. Both secrets go by POST only, and stand in no address and no log.
"""

from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final

from flask import Flask, Response, make_response, render_template, request

from dsr.api.context import desk
from dsr.api.exports import SESSION_PATH, keep_session
from dsr.api.operation import public
from dsr.api.statuses import STATUS
from dsr.desk.exports import Session
from dsr.domain.errors import DomainError
from dsr.domain.export import ExportNotOffered, ExportWithheld, SecretWrong

_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)

SCRIPT: Final = files(__package__).joinpath("templates/link.js").read_bytes()

_LONGEST: Final = 200
"""Signs of a token or second secret."""


@dataclass(frozen=True)
class Words:
    """What the page says."""

    title: str
    intro: str
    token: str
    token_hint: str
    second_secret: str
    secret_hint: str
    open: str
    ready: str
    download: str
    resume: str
    unknown: str
    wrong: str
    withheld: str
    gone: str


LANGUAGES: Final = {
    "en": Words(
        title="Your data",
        intro="The link works once. Give the second code, which we told you apart from the link.",
        token="Code of the link",  # noqa: S106 - a label
        token_hint="Usually filled in already; else copy what stands behind the # in the link.",  # noqa: S106
        second_secret="Second code",  # noqa: S106
        secret_hint="Eight signs; capital and small letters, spaces and dashes don’t matter.",  # noqa: S106
        open="Open",
        ready="Your data are ready. You can download them for one hour.",
        download="Download your data",
        resume="Where the download breaks off, go on with it or start again within this hour.",
        unknown="There is no such link. Check the code, or ask those who sent it.",
        wrong="The second code is wrong. After five wrong ones the link ends.",
        withheld="The data can’t be handed over at the moment. Ask those who sent you the link.",
        gone="This link does not work any more. Ask for a new one.",
    ),
    "de": Words(
        title="Ihre Daten",
        intro="Der Link funktioniert einmal. Geben Sie den zweiten Code ein, den wir Ihnen getrennt mitgeteilt haben.",
        token="Code des Links",  # noqa: S106
        token_hint="Meist schon ausgefüllt; sonst kopieren Sie, was im Link hinter dem # steht.",  # noqa: S106
        second_secret="Zweiter Code",  # noqa: S106
        secret_hint="Acht Zeichen; Groß- und Kleinschreibung, Leerzeichen und Striche sind egal.",  # noqa: S106
        open="Öffnen",
        ready="Ihre Daten liegen bereit. Sie können sie eine Stunde lang herunterladen.",
        download="Ihre Daten herunterladen",
        resume="Bricht das Herunterladen ab, setzen Sie es innerhalb dieser Stunde fort oder beginnen von vorn.",
        unknown="Diesen Link gibt es nicht. Prüfen Sie den Code, oder fragen Sie nach, wer ihn geschickt hat.",
        wrong="Der zweite Code ist falsch. Nach fünf falschen wird der Link ungültig.",
        withheld="Die Daten können zurzeit nicht herausgegeben werden. Fragen Sie bei uns nach.",
        gone="Dieser Link funktioniert nicht mehr. Bitten Sie um einen neuen.",
    ),
    "fr": Words(
        title="Vos données",
        intro="Le lien fonctionne une seule fois. Saisissez le second code, que nous vous avons communiqué à part.",
        token="Code du lien",  # noqa: S106
        token_hint="Le plus souvent déjà rempli ; sinon, copiez ce qui suit le # dans le lien.",  # noqa: S106
        second_secret="Second code",  # noqa: S106
        secret_hint="Huit signes ; majuscules, minuscules, espaces et tirets sont sans importance.",  # noqa: S106
        open="Ouvrir",
        ready="Vos données sont prêtes. Vous pouvez les télécharger pendant une heure.",
        download="Télécharger vos données",
        resume="Si le téléchargement s’interrompt, reprenez-le ou recommencez pendant cette heure.",
        unknown="Ce lien n’existe pas. Vérifiez le code, ou demandez à qui l’a envoyé.",
        wrong="Le second code est faux. Après cinq codes faux, le lien ne fonctionne plus.",
        withheld="Les données ne peuvent pas être remises pour le moment. Adressez-vous à nous.",
        gone="Ce lien ne fonctionne plus. Demandez-en un nouveau.",
    ),
    "es": Words(
        title="Sus datos",
        intro="El enlace funciona una sola vez. Escriba el segundo código, que le comunicamos por separado.",
        token="Código del enlace",  # noqa: S106
        token_hint="Normalmente ya está puesto; si no, copie lo que sigue al # en el enlace.",  # noqa: S106
        second_secret="Segundo código",  # noqa: S106
        secret_hint="Ocho signos; no importan mayúsculas, minúsculas, espacios ni guiones.",  # noqa: S106
        open="Abrir",
        ready="Sus datos están listos. Puede descargarlos durante una hora.",
        download="Descargar sus datos",
        resume="Si la descarga se interrumpe, continúela o vuelva a empezar dentro de esta hora.",
        unknown="Ese enlace no existe. Compruebe el código o pregunte a quien se lo envió.",
        wrong="El segundo código no es correcto. Tras cinco intentos fallidos el enlace deja de funcionar.",
        withheld="Los datos no se pueden entregar por ahora. Diríjase a nosotros.",
        gone="Este enlace ya no funciona. Pida uno nuevo.",
    ),
}
"""ISO 639-1 → its words; the usual one first."""


def register_link_page(app: Flask) -> None:
    """Serve `/x` and its script."""

    @public
    def link_page() -> Response:
        return _page()

    @public
    def open_link() -> Response:
        token, second_secret = (request.form.get(name, "").strip() for name in ("token", "second_secret"))
        try:
            if not token or len(token) > _LONGEST or len(second_secret) > _LONGEST:
                raise ExportNotOffered()
            begun = desk().exports.redeem(token, second_secret, network=request.remote_addr or "")
        except DomainError as refusal:
            status = STATUS[type(refusal)]
            if status >= 500:
                raise
            response = _page(refusal, token=token)
            response.status_code = status
            return response
        response = _page(session=begun)
        keep_session(response, begun)
        return response

    @public
    def link_script() -> Response:
        return Response(SCRIPT, mimetype="text/javascript")

    app.add_url_rule("/x", "link_page", link_page, methods=["GET"])
    app.add_url_rule("/x", "open_link", open_link, methods=["POST"])
    app.add_url_rule("/x/link.js", "link_script", link_script, methods=["GET"])


def _page(refusal: DomainError | None = None, *, token: str = "", session: Session | None = None) -> Response:
    language = request.accept_languages.best_match(list(LANGUAGES)) or next(iter(LANGUAGES))
    say = LANGUAGES[language]
    values: dict[str, Any] = {
        "language": language,
        "say": say,
        "refused": None if refusal is None else _sentence(say, refusal),
        "token": token if isinstance(refusal, SecretWrong | ExportWithheld) else "",
        "session": session,
        "size": "" if session is None else _size(session.size),
        "package": f"{SESSION_PATH}/package",
    }
    response = make_response(render_template("link.html", **values))
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["Content-Language"] = language
    response.headers["Vary"] = "Accept-Language"
    return response


def _sentence(say: Words, refusal: DomainError) -> str:
    match refusal:
        case ExportNotOffered():
            return say.unknown
        case SecretWrong():
            return say.wrong
        case ExportWithheld():
            return say.withheld
        case _:
            return say.gone


def _size(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB" if size >= 1_000_000 else f"{max(1, round(size / 1000))} kB"
