import HostConfig
import Platform
import Transfer

/// What stands between this host and the servers that a run will ask.
enum NetworkChecks {
    static func all(_ configuration: HostConfiguration, _ environment: ProxyEnvironment = ProxyEnvironment())
        -> [PreflightCheck]
    {
        let addresses = Servers.all(in: configuration)
        var checks: [PreflightCheck] = []
        if addresses.contains(where: { $0.scheme == .https }) { checks.append(.authorities(configuration)) }
        // What is filled already is not asked for, so that the names of these need not resolve.
        let data = configuration.data.flatMap { [$0.url, $0.checksumURL].compactMap { $0 } }
        let proxies = PreflightCheck.proxies(configuration, addresses + data, environment)
        let direct = addresses.filter { (try? environment.proxy(for: $0.scheme.rawValue, host: $0.host)) == .some(nil) }
        var seen: Set<String> = []
        let names = direct.map(\.host).filter { !$0.isEmpty && seen.insert($0).inserted }
        return checks + proxies + (names.isEmpty ? [] : [.names(names)])
    }
}

/// The servers that a run will talk to.
enum Servers {
    static func all(in configuration: HostConfiguration) -> [WebAddress] {
        let bundles = configuration.bundles(for: configuration.architecture ?? .current)
        let addresses = [configuration.hub?.url, configuration.node?.mirrorURL, configuration.node?.nvmArchive?.url]
        return addresses.compactMap { $0 } + bundles.flatMap { [$0.url] + $0.mirrors }
    }
}

extension PreflightCheck {
    /// All at once: without a name server one cause is told once.
    static func names(_ hosts: [String]) -> PreflightCheck {
        PreflightCheck("names") {
            let unknown = await withTaskGroup(of: String?.self) { group in
                for host in hosts { group.addTask { await Resolver.resolves(host) ? nil : host } }
                let unknown = await group.reduce(into: Set()) { if let host = $1 { $0.insert(host) } }
                return hosts.filter(unknown.contains)
            }
            guard let first = unknown.first else {
                return .passed("\(listed(hosts)) resolve\(hosts.count == 1 ? "s" : "")")
            }
            return .failed(
                "\(listed(unknown)) \(unknown.count == 1 ? "does" : "do") not resolve",
                hint: "getent hosts \(ShellWord.plain(first)); look at /etc/resolv.conf and at the config's URLs")
        }
    }

    /// Three of them, and how many more.
    private static func listed(_ hosts: [String]) -> String {
        let shown = hosts.prefix(3).joined(separator: ", ")
        return hosts.count > 3 ? "\(shown) and \(hosts.count - 3) more" : shown
    }

    /// Whom to trust: without it every download would fail, one after the other.
    static func authorities(_ configuration: HostConfiguration) -> PreflightCheck {
        PreflightCheck("authorities") {
            do throws(TransferError) {
                for file in [configuration.caFile, configuration.hub?.caFile ?? configuration.caFile] {
                    try await onOwnThread { () throws(TransferError) in try Authorities.check(extra: file) }
                }
                return .passed("there are certificate authorities to trust")
            } catch {
                return .failed(error.explanation.summary, hint: error.explanation.hint)
            }
        }
    }

    private static func finding(_ found: Downloader.ProxyFinding, of proxy: ProxyAddress) -> Finding {
        let name = "\(proxy), from \(proxy.variable),"
        return switch found {
        case .answers: .passed("\(name) answers")
        case .takesConnections: .passed("\(name) takes connections; whether it lets through was not seen")
        case .notAsked(let reason): .passed("\(name) was not asked: \(reason.explanation.problem)")
        case .trouble(let error): .failed(error.explanation.problem, hint: error.explanation.hint)
        }
    }

    /// Each proxy that the environment names is asked once, by nobody else at the same time: a wrong password is told
    /// before it could lock an account.
    static func proxies(
        _ configuration: HostConfiguration, _ addresses: [WebAddress], _ environment: ProxyEnvironment
    ) -> [PreflightCheck] {
        var seen: Set<String> = []
        return ["http", "https"].compactMap { scheme in
            let proxy: ProxyAddress
            do throws(ProxyError) {
                guard let named = try environment.proxy(for: scheme), seen.insert(named.text).inserted else {
                    return nil
                }
                proxy = named
            } catch {
                let words = error.explanation
                // One variable may be for both.
                guard seen.insert(words.place ?? words.problem).inserted else { return nil }
                return PreflightCheck("\(scheme)-proxy") { .failed(words.summary, hint: words.hint) }
            }
            let target = addresses.first { $0.scheme == .https && !environment.isExcepted($0.host) }
            return PreflightCheck("\(scheme)-proxy") {
                guard let target, let url = try? SourceURL(target.text) else {
                    return .passed("\(proxy), from \(proxy.variable); no server is asked through it but apt's")
                }
                let tls = TLSSettings(extraAuthorities: configuration.caFile)
                return finding(await Downloader(tls: tls).look(at: proxy, onTheWayTo: url), of: proxy)
            }
        }
    }
}
