internal import Glibc
import Platform
import Systemd

/// The host boots anew, and then goes on with what a bootstrap user has lie ready: as ``DetachedRun``, by a unit of which nothing is
/// the asker's to say, and which takes itself away when it starts.
enum ResumedRun {
    static func reboot() async throws(PrivilegedError) {
        let user = try await askingUser("reboot", hint: "it is run by sudo, for a user, never for root")
        let pending = try await asRequest(beneath: []) { () throws(SystemCallError) in try RebootRequest.pending() }
        guard pending != nil else {
            throw .refused(what: "no package asks for a reboot", place: RebootRequest.place, hint: "sudo reboot")
        }
        let unit = "host-bootstrap-resume-\(user.user).service"
        let text = try text(unit, for: user, program: try await DetachedRun.program())
        try await asRequest(beneath: [RootFile.unitFolder]) { () throws(SystemCallError) in
            let wants = "\(RootFile.unitFolder)/multi-user.target.wants"
            try Folders.make(wants)
            try Files.replace("\(RootFile.unitFolder)/\(unit)", with: Array(text.utf8), mode: 0o644, owner: (0, 0))
            try Files.replaceLink("\(wants)/\(unit)", target: "../\(unit)")
        }
        let service: TransientService
        do throws(SystemdError) {
            // Who asked has five seconds to end in order.
            service = TransientService(
                try UnitName("host-bootstrap-reboot.service"), "the reboot that host-bootstrap was asked for",
                run: "/bin/sh", ["-c", "sleep 5; exec systemctl reboot"], as: "root")
        } catch {
            throw .failed(error.explanation)
        }
        _ = try await onBus { bus, stop throws(SystemdError) in try bus.start(service, stop: stop) }
    }

    static func text(_ unit: String, for user: Account, program: String) throws(PrivilegedError) -> String {
        guard program.isAlphanumeric(or: "/._-+") else {
            throw .refused(
                what: "no unit could run it after the boot: its path is not plain", place: program,
                hint: "keep the program in a folder whose path has letters, digits, \".\", \"_\", \"-\" and \"+\" alone"
            )
        }
        return """
            # Written by host-bootstrap for one boot; it is gone when it runs.
            [Unit]
            Description=host-bootstrap, going on after a reboot with \(user.name)'s run
            Wants=network-online.target
            After=network-online.target

            [Service]
            Type=exec
            User=\(user.user)
            ExecStartPre=+/bin/rm -f \(RootFile.unitFolder)/\(unit) \(RootFile.unitFolder)/multi-user.target.wants/\(unit)
            ExecStart=\(program) \(DetachedRun.argument)
            KillMode=mixed
            TimeoutStopSec=600
            SyslogIdentifier=host-bootstrap

            [Install]
            WantedBy=multi-user.target

            """
    }
}
