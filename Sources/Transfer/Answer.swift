import Platform

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
        /// Why nobody was asked.
        var refusal: TransferError?
        /// The proxy that was asked, and what it answered to the request for a tunnel; 0 is nothing.
        var proxy: ProxyAddress?
        var tunnelStatus = 0
        /// Something answered at the first address of the way.
        var isConnected = false
        /// For a download into a file: how long that is now.
        var reached: Int64 = 0
    }
}

extension Transfer.Answer {
    func succeeded(_ url: SourceURL) -> Bool {
        code == 0 && refusedRedirect == nil && refusal == nil && (url.scheme == "file" || (200..<300).contains(status))
    }

    func mayPass(_ policy: RetryPolicy) -> Bool {
        if refusedRedirect != nil || refusal != nil || isRefusedByProxy || isNotTLS { return false }
        if tunnelStatus >= 300 { return policy.isRetryable(tunnelStatus) }
        return code == 0 ? policy.isRetryable(status) : RetryPolicy.isRetryable(code: code)
    }

    func failure(_ url: SourceURL) -> TransferError {
        if let refusal { return refusal }
        if let proxy, isRefusedByProxy { return .proxyRefused(url: url.description, proxy) }
        if let proxy, let reason = proxyTrouble(url) {
            return .proxy(url: url.description, proxy, code: code, reason: reason)
        }
        let url = url.description
        if let refused = refusedRedirect { return .refusedRedirect(url: url, to: refused.to, reason: refused.reason) }
        switch code {
        case 0: return .status(url: url, status)
        case 35 where isNotTLS: return .notTLS(url: url)
        case 60: return .untrusted(url: url, CertificateFailure(verifyResult: verifyResult), reason: reason)
        default: return .connection(url: url, code: code, reason: reason)
        }
    }

    /// The proxy wants another user and password; no further attempt may show it the same.
    var isRefusedByProxy: Bool { proxy != nil && (tunnelStatus == 407 || tunnelStatus == 0 && status == 407) }

    /// OpenSSL's words for a first record that is none of TLS.
    private var isNotTLS: Bool {
        code == 35 && ["wrong version number", "packet length too long"].contains { reason.contains($0) }
    }

    /// What went wrong between this host and the proxy; nil when it was behind that, or nothing was.
    private func proxyTrouble(_ url: SourceURL) -> String? {
        if tunnelStatus >= 300 { return "it answered \(tunnelStatus) to the request for \(url.host)" }
        switch code {
        // No name, no connection, no agreement with a SOCKS proxy.
        case 5, 7, 97: return reason
        case 28 where !isConnected: return reason
        case 28, 35, 52, 55, 56, 60:
            let hasTunnel = url.scheme == "https" && proxy?.scheme.hasPrefix("http") == true
            return hasTunnel && tunnelStatus == 0 ? reason : nil
        default: return nil
        }
    }
}
