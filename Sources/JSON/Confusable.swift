/// What editors, word processors and input methods write in the place of JSON's own characters.
enum Confusable: Equatable {
    /// White space that JSON does not have.
    case space
    /// A character that is not seen.
    case nothing
    case quote
    /// Stands for one of JSON's characters.
    case sign(UInt8)

    init?(_ scalar: UnicodeScalar) {
        switch scalar.value {
        case 0x85, 0xa0, 0x1680, 0x2000...0x200a, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000: self = .space
        case 0xad, 0x200b...0x200f, 0x202a...0x202e, 0x2060...0x2069, 0xfeff: self = .nothing
        case 0xab, 0xb4, 0xbb, 0x2018...0x201f, 0x2032, 0x2033, 0x2039, 0x203a, 0x300c, 0x300d, 0xff02, 0xff07:
            self = .quote
        case 0x2010...0x2015, 0x2212, 0xfe58, 0xfe63, 0xff0d: self = .sign(UInt8(ascii: "-"))
        case 0x60c, 0x3001, 0xfe50, 0xff0c, 0xff64: self = .sign(UInt8(ascii: ","))
        case 0xa789, 0xfe55, 0xff1a: self = .sign(UInt8(ascii: ":"))
        case 0xff3b: self = .sign(UInt8(ascii: "["))
        case 0xff3d: self = .sign(UInt8(ascii: "]"))
        case 0xff5b: self = .sign(UInt8(ascii: "{"))
        case 0xff5d: self = .sign(UInt8(ascii: "}"))
        default: return nil
        }
    }

    /// What was meant, if it is a character.
    var plain: UInt8? {
        switch self {
        case .space, .nothing: nil
        case .quote: UInt8(ascii: "\"")
        case .sign(let byte): byte
        }
    }

    /// What to do about it.
    var instead: String {
        switch self {
        case .space: "use a plain space"
        case .nothing: "delete it"
        case .quote: "use a plain \""
        case .sign(let byte): "use a plain \(UnicodeScalar(byte))"
        }
    }
}
