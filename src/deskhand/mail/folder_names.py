"""What a folder is for, told by the name mail programs give it."""

from deskhand.mail.mailbox import Role

_NAMES: dict[Role, str] = {
    "inbox": "inbox",
    "sent": "sent|sent items|sent mail|sent messages|gesendet|gesendete elemente|gesendete objekte|envoyés|"
    "éléments envoyés|messages envoyés|enviados|elementos enviados|mensajes enviados|itens enviados|inviata|"
    "posta inviata|verzonden|verzonden items|wysłane|skickat|sendt|отправленные|送信済み|已发送|已发送邮件",
    "drafts": "drafts|draft|entwürfe|brouillons|borradores|rascunhos|bozze|concepten|wersje robocze|robocze|utkast|"
    "kladder|черновики|下書き|草稿|草稿箱",
    "trash": "trash|deleted|deleted items|deleted messages|bin|papierkorb|gelöschte elemente|gelöschte objekte|"
    "corbeille|éléments supprimés|papelera|elementos eliminados|lixeira|itens excluídos|cestino|posta eliminata|"
    "prullenbak|verwijderde items|kosz|papperskorg|papirkurv|корзина|удаленные|ゴミ箱|已删除|已删除邮件",
    "archive": "archive|archives|archiv|archivo|archivos|arquivo|archivio|archief|archiwum|arkiv|архив|アーカイブ|存档",
    "junk": "junk|spam|junk e-mail|junk email|junk mail|bulk mail|spamverdacht|werbung|unerwünscht|junk-e-mail|"
    "courrier indésirable|indésirables|pourriel|correo no deseado|lixo eletrônico|posta indesiderata|"
    "ongewenste e-mail|niechciane|skräppost|спам|迷惑メール|垃圾邮件",
    "all": "all mail|alle nachrichten|tous les messages|todos",
}
_ROLE_BY_NAME: dict[str, Role] = {name: role for role, names in _NAMES.items() for name in names.split("|")}


def role_of(name: str) -> Role:
    """The role of a folder with this full name, by its last level, in the languages that are known; else empty."""
    above, _, last = name.casefold().rpartition("/")
    role = _ROLE_BY_NAME.get(last, "")
    if role == "inbox" and above:
        return ""
    return role if above in ("", "inbox", "[gmail]", "[google mail]") else ""
