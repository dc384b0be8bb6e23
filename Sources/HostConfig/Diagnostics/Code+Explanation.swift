extension Diagnostic.Code {
    /// What makes this mistake, in a sentence or two, and what to do about it.
    public var explanation: (cause: String, remedy: String) {
        switch self {
        case .syntax:
            (
                "The file is no JSON (RFC 8259) at this place: a comma too many or too few, a bracket that is not closed, a"
                    + " comment, single quotes, or a character that a word processor or an input method put in the place of a"
                    + " plain one.",
                "Correct the place, or the one right before it; host-bootstrap check --config FILE shows it."
            )
        case .encoding:
            (
                "The file holds bytes that are no UTF-8, or half of a surrogate pair.",
                "Save it as UTF-8; iconv -f latin1 -t utf-8 helps with old files."
            )
        case .tooLarge:
            ("The file is larger than any config.", "Check that the path names the config and no other file.")
        case .tooDeep:
            ("Arrays and objects lie in each other more deeply than in any config.", "Check what wrote the file.")
        case .wrongType:
            (
                "The field holds a value of another kind, such as a string where a number is expected.",
                "Write the value as host-bootstrap schema shows it; numbers and true stand without quotes."
            )
        case .unknownField:
            (
                "There is no such field here. It would be ignored, and what it asks for would not happen.",
                "Correct its name, which the message suggests if there is one like it, or leave the field out."
            )
        case .duplicateField:
            ("The field stands twice in one object, and only one of the two could count.", "Leave one of them out.")
        case .missingField: ("A field that must be there is not.", "Add it; host-bootstrap schema describes it.")
        case .outOfRange:
            ("The number is smaller or larger than it may be.", "Choose one in the range that the message tells.")
        case .badValue: ("The value is none of those that the field takes.", "Choose one that the message lists.")
        case .badName:
            (
                "The text is no name of the kind that is asked for: a user, a host, a variable, a unit.",
                "Use the letters that the message lists."
            )
        case .badPath:
            (
                "The path is relative where it must be absolute, holds \"..\" or needless slashes, or lies where only the"
                    + " system may write.", "Write the path from the root on, or choose another place."
            )
        case .badURL:
            (
                "The address is none, or of a kind that is not fetched from.",
                "Use https:, file: for a path on the host, or http: to a loopback address."
            )
        case .badDigest:
            (
                "The text is no SHA-256 or SHA-512.",
                "Write 64 or 128 hexadecimal digits, as sha256sum or sha512sum print them; sha256: or sha512: may stand before."
            )
        case .badVersion: ("The text is no version of the kind that is asked for.", "Write it as the message shows.")
        case .badPackage:
            (
                "apt would refuse the name, or take it for something else.",
                "Write NAME, NAME:ARCHITECTURE or NAME=VERSION, as apt-cache policy shows them."
            )
        case .badUnit:
            (
                "systemd would refuse the unit's text, or ignore a line of it.",
                "Correct the line that the message names; systemd.syntax(7) and systemd.service(5) tell the rules."
            )
        case .contradiction:
            (
                "Two fields say different things, or one needs another that is not there.",
                "Change one of them, as the message tells."
            )
        case .tooMany:
            (
                "The file has more mistakes than anybody would read at once.",
                "Correct those that are shown, and check again."
            )
        }
    }
}
