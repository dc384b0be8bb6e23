import Platform

/// Sends small JSON bodies to one address.
public struct Poster: Sendable {
    private let url: SourceURL
    private let token: String?
    private let tls: TLSSettings

    /// What the server answered.
    public struct Answer: Sendable, Equatable {
        /// The status; 0 when there was no answer at all.
        public let status: Int
        /// How long the server asks to wait.
        public let retryAfter: Duration?
    }

    /// Makes a sender; the token goes out as a bearer token and nowhere else.
    public init(_ url: SourceURL, token: String?, tls: TLSSettings) {
        self.url = url
        self.token = token
        self.tls = tls
    }

    /// Sends one body; ten seconds is all it may take.
    ///
    /// Redirects are not followed: they would carry the token away.
    public func post(_ body: [UInt8]) async -> Answer {
        do throws(TransferError) {
            let answer = try await stoppable(url) { isStopped throws(TransferError) in
                var request = Transfer.Request(url: url, body: body, tls: tls, timeLimit: .seconds(10))
                request.headers = ["Content-Type: application/json"]
                if let token { request.headers.append("Authorization: Bearer \(token)") }
                if url.scheme == "https" { request.authorities = try Authorities.bundle(extra: tls.extraAuthorities) }
                // The answer's text matters to nobody; a hub that sends without end is cut off by the time limit.
                return Transfer(request, isStopped: isStopped) { _, _, _ in true }.run()
            }
            return Answer(status: answer.code == 0 ? answer.status : 0, retryAfter: answer.retryAfter)
        } catch {
            return Answer(status: 0, retryAfter: nil)
        }
    }
}
