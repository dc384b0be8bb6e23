internal import CCrypto
internal import Platform

/// A password's hash by scrypt (RFC 7914), with its salt and its cost.
public struct PasswordHash: Sendable, Equatable {
    /// What one hash costs: 128·r·N bytes, p times over.
    public struct Cost: Sendable, Equatable {
        let logN: UInt8, r: UInt8, p: UInt8

        /// 32 MiB, three times: one of the equal choices of OWASP's Password Storage Cheat Sheet (N=2¹⁵, r=8, p=3).
        public static let usual = Cost(logN: 15, r: 8, p: 3)
        /// Next to nothing, for tests of what is around it.
        public static let least = Cost(logN: 4, r: 1, p: 1)

        var memory: UInt64 { 128 * UInt64(r) << logN }
    }

    private let cost: Cost
    private let salt: [UInt8], hash: [UInt8]

    /// Hashes a password with a salt of its own; nil when there is no memory for it.
    ///
    /// Blocks: it computes for some tenths of a second.
    public static func of(_ password: [UInt8], cost: Cost = .usual) -> PasswordHash? {
        var generator = SystemRandomNumberGenerator()
        let salt = (0..<16).map { _ in UInt8.random(in: 0 ... .max, using: &generator) }
        return derive(password, salt, cost).map { PasswordHash(cost: cost, salt: salt, hash: $0) }
    }

    /// Compares in a time that tells nothing of where they differ.
    ///
    /// Blocks, as ``of(_:cost:)`` does.
    public func matches(_ password: [UInt8]) -> Bool {
        guard let other = Self.derive(password, salt, cost), other.count == hash.count else { return false }
        return zip(other, hash).reduce(0 as UInt8) { $0 | ($1.0 ^ $1.1) } == 0
    }

    /// One that no password matches, for names that nobody has: refusing them takes as long.
    public static func ofNobody(cost: Cost = .usual) -> PasswordHash {
        PasswordHash(cost: cost, salt: [UInt8](repeating: 0, count: 16), hash: [UInt8](repeating: 0, count: 33))
    }

    private init(cost: Cost, salt: [UInt8], hash: [UInt8]) {
        (self.cost, self.salt, self.hash) = (cost, salt, hash)
    }

    // MARK: Text

    /// As in `scrypt:15:8:3:SALT:HASH`, both in hexadecimal digits.
    public var text: String {
        "scrypt:\(cost.logN):\(cost.r):\(cost.p):\(Hexadecimal.text(salt)):\(Hexadecimal.text(hash))"
    }

    /// Reads what ``text`` wrote, of a cost up to 256 MiB; nil for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "scrypt", let logN = UInt8(parts[1]), (1...24).contains(logN),
            let r = UInt8(parts[2]), (1...32).contains(r), let p = UInt8(parts[3]), (1...16).contains(p),
            let salt = Hexadecimal.bytes(parts[4]), let hash = Hexadecimal.bytes(parts[5]), salt.count == 16,
            hash.count == 32
        else { return nil }
        self.init(cost: Cost(logN: logN, r: r, p: p), salt: salt, hash: hash)
        guard cost.memory <= 256 << 20 else { return nil }
    }

    private static func derive(_ password: [UInt8], _ salt: [UInt8], _ cost: Cost) -> [UInt8]? {
        var key = [UInt8](repeating: 0, count: 32)
        let code = password.withUnsafeBytes { password in
            EVP_PBE_scrypt(
                password.baseAddress?.assumingMemoryBound(to: CChar.self), password.count, salt, salt.count,
                1 << UInt64(cost.logN), UInt64(cost.r), UInt64(cost.p), cost.memory + (32 << 20), &key, key.count)
        }
        return code == 1 ? key : nil
    }
}
