public import Platform
internal import Synchronization

/// What a cloud tells its machines of themselves.
///
/// The addresses, headers and answers are those of the clouds' own documents on instance metadata.
public struct InstanceMetadata: Sendable {
    /// Where all of them answer: a link-local address (RFC 3927), which no router passes on.
    static let server = "169.254.169.254"
    private let server: String
    private let cloud: Cloud

    /// Asks a cloud's own server, or another one with its port.
    public init(_ cloud: Cloud, at server: String? = nil) {
        self.cloud = cloud
        self.server = server ?? Self.server
    }

    /// The address by which other networks reach this machine; nil when the cloud says that there is none.
    /// - Throws: that it does not say.
    public func publicAddress() async throws(TransferError) -> InternetAddress? {
        let (path, header) = question
        var headers = header.map { [$0] } ?? []
        if case .amazon = cloud {
            let token = try await ask(
                "/latest/api/token", ["X-aws-ec2-metadata-token-ttl-seconds: 60"], isPut: true)
            headers.append("X-aws-ec2-metadata-token: \(token ?? "")")
        }
        return try await ask(path, headers).flatMap(InternetAddress.init)
    }

    private var question: (path: String, header: String?) {
        switch cloud {
        case .amazon, .openStack: ("/latest/meta-data/public-ipv4", nil)
        case .google:
            (
                "/computeMetadata/v1/instance/network-interfaces/0/access-configs/0/external-ip",
                "Metadata-Flavor: Google"
            )
        case .azure:
            (
                "/metadata/instance/network/interface/0/ipv4/ipAddress/0/publicIpAddress?api-version=2021-02-01&format=text",
                "Metadata: true"
            )
        case .digitalOcean: ("/metadata/v1/interfaces/public/0/ipv4/address", nil)
        case .hetzner: ("/hetzner/v1/metadata/public-ipv4", nil)
        }
    }

    /// One line; nil when there is nothing at that path.
    ///
    /// Five seconds is all it may take: the server is next door.
    private func ask(_ path: String, _ headers: [String], isPut: Bool = false) async throws(TransferError) -> String? {
        let url = try SourceURL(metadata: path, at: server)
        let kept = Mutex<[UInt8]>([])
        let answer = try await stoppable(url) { isStopped throws(TransferError) in
            var request = Transfer.Request(url: url, headers: headers, timeLimit: .seconds(5))
            request.isPut = isPut
            return Transfer(request, isStopped: isStopped) { piece, _, _ in
                kept.withLock { kept in
                    kept.append(contentsOf: piece)
                    return kept.count <= 4096
                }
            }.run()
        }
        if answer.code == 0, answer.status == 404 { return nil }
        guard answer.code == 0 else {
            throw .connection(url: url.description, code: answer.code, reason: answer.reason)
        }
        guard answer.status == 200 else { throw .status(url: url.description, answer.status) }
        return String(decoding: kept.withLock { $0 }, as: UTF8.self).byteLines.first.map(String.init)
    }
}
