internal import Digests
internal import HostConfig
internal import Platform

extension TrustRecord {
    /// What is to be remembered once this config is taken; refuses one that is out of date, older than the last, another host's,
    /// or that hands over to keys which did not sign it.
    func admitting(
        _ configuration: HostConfiguration, _ signatures: [Minisign.Signature], named name: String, at now: Timestamp
    ) throws(TrustError) -> TrustRecord {
        let says = configuration.trust
        // Another run may have changed the keys since they were looked at.
        guard keys.signers(of: configuration.source, signatures).count >= keys.threshold else {
            throw .tooFew(config: name, keys: keys.summary, signers: "too few", place: "as this host remembers")
        }
        if let expires = says.expires, expires <= now { throw .expired(config: name, expires: expires, now: now) }
        let next = Last(serial: says.serial, sha256: configuration.digest.hex, host: configuration.hostID)
        if let last {
            guard next.host == last.host else { throw .otherHost(config: name, host: next.host, known: last.host) }
            guard next.serial >= last.serial else {
                throw .older(config: name, serial: next.serial, seen: last.serial)
            }
            guard next.serial > last.serial || next.serial == 0 || next.sha256 == last.sha256 else {
                throw .sameSerial(config: name, serial: next.serial)
            }
        }
        var record = self
        record.last = next
        if let named = says.keys {
            // Who hands over to a key that nobody has would be locked out: the new ones sign, too.
            guard let new = TrustedKeys(named, threshold: says.threshold),
                new.signers(of: configuration.source, signatures).count >= new.threshold
            else { throw .notByNewKeys(config: name) }
            record.keys = new
        }
        return record
    }
}
