import Digests
import Platform
import Testing
import Trust

@Suite struct TrustedKeysTests {
    static let (first, second) = (text(1, 1), text(2, 2))

    /// A public key as minisign prints it, all of whose bytes are one number.
    static func text(_ id: UInt8, _ byte: UInt8) -> String {
        var bytes = Array("Ed".utf8) + [UInt8](repeating: id, count: 8) + [UInt8](repeating: byte, count: 32)
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        var text = ""
        while !bytes.isEmpty {
            let three = bytes.prefix(3).reduce(0) { $0 << 8 | Int($1) }
            for shift in [18, 12, 6, 0] { text.append(digits[three >> shift & 63]) }
            bytes.removeFirst(3)
        }
        return text
    }

    @Test(arguments: [
        (first, 1, 1), ("\(first) \(second)", 1, 2), ("2 \(first),\(second)", 2, 2), (" \n\(first)\t\r\n", 1, 1),
        ("1 \(first) \(first)", 1, 1),
    ])
    func `keys are read with blanks or commas between, and first how many must sign`(
        text: String, threshold: Int, count: Int
    ) throws {
        let keys = try #require(TrustedKeys(words: text))
        #expect(keys.threshold == threshold && keys.keys.count == count)
        #expect(TrustedKeys(words: keys.words) == keys)
    }

    /// The last but one is one key that goes by two numbers.
    @Test(arguments: [
        "", "x", "2", "0 \(first)", "-1 \(first)", "2 \(first)", "2 \(first) \(first)", "2 \(first) \(text(3, 1))",
        "\(first) x",
    ])
    func `what names no key, or more signers than there are keys, is refused`(text: String) {
        #expect(TrustedKeys(words: text) == nil)
    }
}
