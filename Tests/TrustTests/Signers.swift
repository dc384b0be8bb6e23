import Digests
import Platform
import Testing
import Trust

/// Keys by the real minisign, and a host that configs are brought to.
struct Signers {
    let top: String
    var config: String { "\(top)/host.json" }
    var store: TrustStore { TrustStore(home: "\(top)/home") }

    static let isPossible = Files.isAccessible("/usr/bin/minisign", 1)

    static func with(_ body: (Signers) async throws -> Void) async throws {
        let top = try Folders.makeTemporary(prefix: "/tmp/trust-")
        defer { try? Folders.removeTree(top) }
        let signers = Signers(top: top)
        try await signers.shell("for k in a b c evil; do minisign -G -W -p $k.pub -s $k.key >&2; done; mkdir home")
        try await body(signers)
    }

    /// A line in the folder, in which `sign KEY… [-- OPTIONS]` signs `host.json` with these keys, one signature after the other.
    func shell(_ line: String) async throws {
        let sign = """
            sign() {
                : >host.json.minisig
                for key; do
                    minisign -S -W -s $key.key -m host.json -x one -t "by $key" >&2
                    cat one >>host.json.minisig
                done
            }
            """
        let result = try await Subprocess.run(
            Command("/bin/sh", ["-euc", "\(sign)\n\(line)"], workingDirectory: top), timeout: .seconds(60))
        try #require(result.succeeded, "\(line): \(result.errors)")
    }

    func keys(_ names: String..., threshold: Int = 1) throws -> TrustedKeys {
        let keys = try names.map { name in
            let lines = try #require(try Files.text("\(top)/\(name).pub")).split(separator: "\n")
            return try #require(Minisign.PublicKey(String(lines[1])))
        }
        return try #require(TrustedKeys(keys, threshold: threshold))
    }

    /// Brings the config as it lies there to the host.
    @discardableResult
    func bring(_ given: TrustedKeys?, remembers: Bool = true) throws(TrustError) -> ConfigTrust.Signed? {
        let bytes: [UInt8]
        do throws(SystemCallError) { bytes = try Files.read(config) } catch { throw .disk(error) }
        return try ConfigTrust(given, store, remembers: remembers).hold(
            bytes, named: config, signatureAt: "\(config).minisig")
    }
}
