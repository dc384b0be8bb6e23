internal import Database
internal import Digests
internal import Platform

/// Signatures of configs: made where the key is, kept and served here.
extension Hub {
    /// Puts a signature beside the config that a host has; what hosts would say to it comes back, a line each.
    public func setSignature(_ path: String, of id: HostID) throws(HubError) -> [String] {
        let signature = try signature(in: path)
        let record = try inDatabase { () throws(DatabaseError) in try store.record(of: id) }
        guard let record else { throw .noSuchHost(id.name) }
        guard let config = record.config else { throw .nothingToSign(id.name) }
        // Of this very config: another may come in between.
        guard try inDatabase({ () throws(DatabaseError) in try store.setSignature(signature, of: config, id) }) else {
            throw .nothingToSign(id.name)
        }
        return try doubts(config, signature, named: path)
    }

    /// What lies beside a config's file; nil when nothing does.
    func signature(besideConfig path: String) throws(HubError) -> [UInt8]? {
        let beside = "\(path).minisig"
        do throws(SystemCallError) { if try FileStatus.of(beside) == nil { return nil } } catch { throw .system(error) }
        return try signature(in: beside)
    }

    func doubts(_ config: [UInt8], _ signature: [UInt8]?, named path: String) throws(HubError) -> [String] {
        guard let doubt = try folder.configKeys()?.doubt(config, signature) else { return [] }
        return [
            "\(path): warning: the config \(doubt): hosts that were given the keys in \(folder.configKeysFile) will refuse it"
        ]
    }

    private func signature(in path: String) throws(HubError) -> [UInt8] {
        let bytes: [UInt8]
        do throws(SystemCallError) { bytes = try Files.read(path, limit: 64 << 10) } catch { throw .system(error) }
        guard Minisign.Signature.all(in: String(decoding: bytes, as: UTF8.self)) != nil else {
            throw .notASignature(path: path)
        }
        return bytes
    }
}
