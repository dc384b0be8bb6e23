import Bundles
import Digests
import Engine
import HostConfig
import Platform
import Systemd

/// A service that the host is to run, from the config's list or made from its tunnel.
struct ServiceWish: Sendable {
    enum Text: Sendable {
        /// The unit file itself.
        case given(String)
        /// A template at this path in a bundle.
        case template(bundle: String, path: String)
    }

    let unit: UnitName
    let text: Text
    let health: HostConfig.HealthCheck?
    let isEnabled: Bool

    /// `service-` and the unit's name without its suffix.
    var stepID: StepID { StepID("service-\(unit.text.split(separator: ".").dropLast().joined(separator: "."))") }
    var path: String { "/etc/systemd/system/\(unit)" }

    static func all(_ host: Host) -> [ServiceWish] {
        var wishes: [ServiceWish] = []
        for service in host.configuration.services {
            guard let unit = try? UnitName(service.unit) else { continue }
            let text: Text =
                switch service.definition {
                case .content(let content): .given(content)
                case .bundle(let bundle, let path): .template(bundle: bundle, path: path)
                }
            wishes.append(ServiceWish(unit: unit, text: text, health: service.health, isEnabled: service.isEnabled))
        }
        if let tunnel = host.configuration.sshTunnel, let unit = try? UnitName(TunnelUnit.name) {
            let text = TunnelUnit.text(tunnel, user: host.account.name)
            wishes.append(ServiceWish(unit: unit, text: .given(text), health: nil, isEnabled: true))
        }
        return wishes
    }
}

extension Host {
    /// A unit file's text; nil when the bundle that brings it is not installed yet.
    func unitText(_ wish: ServiceWish) async throws(StepFailure) -> String? {
        switch wish.text {
        case .given(let text): return text
        case .template(let bundle, let path):
            let file = "\(layout.bundles)/\(bundle)/current/\(path)"
            guard let template = try await onDisk({ () throws(SystemCallError) in try Files.text(file) }) else {
                return nil
            }
            do throws(UnitTemplate.UnknownPlace) { return try UnitTemplate(values: places).fill(template) } catch {
                throw StepFailure(
                    Explanation(
                        "@\(error.name)@ stands for nothing", at: file,
                        hint: "a unit file may use \(error.known.map { "@\($0)@" }.joined(separator: ", "))"))
            }
        }
    }

    /// What the `@NAME@` places of a unit template stand for.
    var places: [String: String] {
        [
            "BOOTSTRAP_USER": account.name, "BOOTSTRAP_ROOT": layout.root, "HOME": account.home,
            "NODE": node.map { "\($0.folder)/bin/node" } ?? "/usr/bin/node",
            "ENVIRONMENT_FILE": configuration.environmentFile,
            "MOUNT_POINT": configuration.btrfs?.mountPoint ?? "/btrfs",
        ]
    }

    /// A digest of all that a service runs with: when it changes, the service is restarted.
    func fingerprint(_ wish: ServiceWish) async throws(StepFailure) -> String {
        var parts = [try await unitText(wish) ?? "", try environmentText(), node?.number ?? ""]
        for bundle in bundles {
            let installed = try await installed(bundle)
            parts.append(installed.record?.archiveDigest ?? installed.wanted)
        }
        return Digest.of(parts.joined(separator: "\0").utf8).hex
    }
}
