extension Transfer {
    /// What came back.
    struct Answer {
        var status = 0
        /// libcurl's; 0 is none.
        var code: Int32 = 0
        var reason = ""
        var retryAfter: Duration?
        var headers: [String: String] = [:]
        /// What OpenSSL found wrong with the certificate.
        var verifyResult = 0
        /// Where the server sends on to.
        var location: String?
        var refusedRedirect: RefusedRedirect?
        /// For a download into a file: how long that is now.
        var reached: Int64 = 0
    }
}

extension Transfer.Answer {
    func succeeded(_ url: SourceURL) -> Bool {
        code == 0 && refusedRedirect == nil && (url.scheme == "file" || (200..<300).contains(status))
    }

    func mayPass(_ policy: RetryPolicy) -> Bool {
        if refusedRedirect != nil { return false }
        return code == 0 ? policy.isRetryable(status) : RetryPolicy.isRetryable(code: code)
    }

    func failure(_ url: SourceURL) -> TransferError {
        let url = url.description
        if let refused = refusedRedirect { return .refusedRedirect(url: url, to: refused.to, reason: refused.reason) }
        switch code {
        case 0: return .status(url: url, status)
        case 60: return .untrusted(url: url, Distrust(verifyResult: verifyResult), reason: reason)
        default: return .connection(url: url, code: code, reason: reason)
        }
    }
}
