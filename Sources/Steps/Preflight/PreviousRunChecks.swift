import Engine
import HostConfig
import Platform

/// What earlier configs of this host made, and this one would have to be moved into another's hands or place.
extension PreflightCheck {
    /// What another bootstrap user made is that user's to take away.
    static func previousUser(_ configuration: HostConfiguration) -> PreflightCheck {
        PreflightCheck("previous-user") {
            guard let account = (try? await Account.lookUp(configuration.bootstrapUser)) ?? nil else {
                return .passed("\(configuration.bootstrapUser) is not known here")
            }
            let places = [configuration.environmentFile, configuration.bootstrapRoot]
            guard let (path, owner) = foreignPlace(places, user: account.user) else {
                return .passed("nothing here is another bootstrap user's")
            }
            let other = ((try? await Account.lookUp("\(owner)")) ?? nil)?.name ?? "\(owner)"
            return .failed(
                "\(path) belongs to \(other): this host was provisioned as that user",
                hint: "take that away first: sudo -u '\(other)' -H \(await program()) uninstall --root "
                    + "\(ShellWord.plain(configuration.bootstrapRoot)); or let \"bootstrap_user\" say \(other)")
        }
    }

    /// This program as another user, whose PATH may lack it, types it.
    static func program() async -> String {
        let path = await onOwnThread { () throws(Never) in try? ProcessStart.executable() }
        return path.map(ShellWord.plain) ?? "host-bootstrap"
    }

    // Apart from what waits: where a loop did, the compiler ordered its stores differently from build to build.
    static func foreignPlace(_ places: [String], user: UInt32) -> (path: String, owner: UInt32)? {
        for path in places {
            guard let status = (try? FileStatus.of(path, followingLink: true)) ?? nil, status.owner != user,
                status.owner != 0
            else { continue }
            return (path, status.owner)
        }
        return nil
    }

    /// The receipt lies in the agent's own folder: without it nobody knows what is whose.
    static func previousFolder(_ configuration: HostConfiguration) -> PreflightCheck {
        PreflightCheck("previous-folder") {
            let layout = HostLayout(configuration)
            guard let account = (try? await Account.lookUp(configuration.bootstrapUser)) ?? nil else {
                return .passed("\(configuration.bootstrapUser) is not known here")
            }
            let old = await onOwnThread { () throws(Never) -> String? in
                let known = (try? KnownRoot.all(home: account.home))?.first { $0.root.hasSameBytes(as: layout.root) }
                guard let known, !known.bootstrap.hasSameBytes(as: layout.bootstrap),
                    ((try? FileStatus.of(layout.receipt)) ?? nil) == nil,
                    ((try? FileStatus.of(known.layout.receipt)) ?? nil) != nil
                else { return nil }
                return known.bootstrap
            }
            guard let old else { return .passed(layout.bootstrap) }
            return .failed(
                "the receipt of this host lies in \(old), and \"bootstrap_dir\" says \(layout.bootstrap)",
                hint:
                    "move it: mv \(ShellWord.plain(old)) \(ShellWord.plain(layout.bootstrap)); or let \"bootstrap_dir\" say \(old)"
            )
        }
    }
}
