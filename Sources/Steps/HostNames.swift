import HostConfig
import Platform
internal import Glibc
import Transfer

/// The hosts that a run will talk to.
enum HostNames {
    private static func isSet(_ variable: String) -> Bool { getenv(variable) != nil }

    static func all(in configuration: HostConfiguration) -> [String] {
        // Behind a proxy it is the proxy that resolves names.
        if ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"].contains(where: isSet) { return [] }
        var seen: Set<String> = []
        let bundles = configuration.bundles(for: configuration.architecture ?? .current)
        let addresses = [configuration.hub?.url, configuration.node?.mirrorURL, configuration.node?.nvmArchive?.url]
        let all = addresses.compactMap { $0 } + bundles.flatMap { [$0.url] + $0.mirrors }
        return all.map(\.host).filter { !$0.isEmpty && seen.insert($0).inserted }
    }
}

extension PreflightCheck {
    static func resolves(_ host: String) -> PreflightCheck {
        PreflightCheck("resolve-\(host)") {
            await Resolver.resolves(host)
                ? .passed("\(host) resolves")
                : .failed(
                    "\(host) does not resolve",
                    hint: "getent hosts \(host); look at /etc/resolv.conf and at the config's URLs")
        }
    }
}
