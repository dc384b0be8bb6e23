internal import CCrypto
internal import Platform

/// An X.509 certificate (RFC 5280).
public struct Certificate: ~Copyable {
    private let handle: OpaquePointer

    private init(handle: OpaquePointer) { self.handle = handle }

    deinit { X509_free(handle) }

    /// Whom it can name: a host, with `*.` for all beneath it, or a machine's address.
    public static func isName(_ text: String) -> Bool {
        if InternetAddress(text) != nil { return true }
        let host = text.hasFirstBytes("*.") ? text.dropFirst(2) : text[...]
        guard (1...253).contains(text.utf8.count) else { return false }
        return host.parts(at: ".").allSatisfy { part in
            (1...63).contains(part.utf8.count) && !part.hasFirstBytes("-") && !part.hasLastBytes("-")
                && part.isAlphanumeric(or: "-_")
        }
    }

    /// Makes one that its own key signs, for servers and clients of those names, from now on; nil when it cannot be made.
    public static func selfSigned(by key: borrowing PrivateKey, names: [String], days: Int) -> Certificate? {
        guard names.allSatisfy(isName), let handle = X509_new() else { return nil }
        let certificate = Certificate(handle: handle)
        defer { ERR_clear_error() }
        let subject = X509_get_subject_name(handle)
        // A longer name than 64 has no room there (RFC 5280, A.1); the names that count are the alternative ones.
        let common = names.first { $0.utf8.count <= 64 } ?? "self-signed"
        let alternatives = names.map { InternetAddress($0) == nil ? "DNS:\($0)" : "IP:\($0)" }
        let usage = key.isEd25519 ? "digitalSignature" : "digitalSignature,keyEncipherment"
        guard X509_set_version(handle, 2) == 1,
            ASN1_INTEGER_set_uint64(X509_get_serialNumber(handle), UInt64.random(in: 1 ... .max >> 1)) == 1,
            // A client's clock may be a little behind.
            X509_gmtime_adj(X509_getm_notBefore(handle), -3600) != nil,
            X509_time_adj_ex(X509_getm_notAfter(handle), Int32(days), 0, nil) != nil,
            X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, common, Int32(common.utf8.count), -1, 0) == 1,
            X509_set_issuer_name(handle, subject) == 1, X509_set_pubkey(handle, key.handle) == 1,
            certificate_extend(handle, NID_basic_constraints, "critical,CA:FALSE") == 1,
            certificate_extend(handle, NID_key_usage, "critical,\(usage)") == 1,
            certificate_extend(handle, NID_ext_key_usage, "serverAuth,clientAuth") == 1,
            certificate_extend(handle, NID_subject_key_identifier, "hash") == 1,
            certificate_extend(handle, NID_subject_alt_name, alternatives.joined(separator: ",")) == 1,
            X509_sign(handle, key.handle, key.isEd25519 ? nil : EVP_sha256()) > 0
        else { return nil }
        return certificate
    }

    /// Reads the first one of a PEM text; nil when there is none.
    public static func read(pem: [UInt8]) -> Certificate? {
        guard let handle = MemoryText.reading(pem, { PEM_read_bio_X509($0, nil, nil, nil) }) else { return nil }
        return Certificate(handle: handle)
    }

    /// The certificate in PEM.
    public var pem: [UInt8]? { MemoryText.written { PEM_write_bio_X509($0, handle) } }

    /// It says whose that key is.
    public func isOf(_ key: borrowing PrivateKey) -> Bool {
        guard let own = X509_get0_pubkey(handle) else { return false }
        return EVP_PKEY_eq(own, key.handle) == 1
    }

    /// That key signed it, and no authority did.
    public func isSelfSigned(by key: borrowing PrivateKey) -> Bool {
        defer { ERR_clear_error() }
        return X509_NAME_cmp(X509_get_subject_name(handle), X509_get_issuer_name(handle)) == 0
            && X509_verify(handle, key.handle) == 1
    }

    /// Its time is over.
    public var isOver: Bool { X509_cmp_current_time(X509_get0_notAfter(handle)) <= 0 }

    /// It names that host or address, in that spelling.
    public func names(_ name: String) -> Bool {
        if InternetAddress(name) != nil { return X509_check_ip_asc(handle, name, 0) == 1 }
        let flags = UInt32(X509_CHECK_FLAG_NO_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT)
        return X509_check_host(handle, name, name.utf8.count, flags, nil) == 1
    }
}
