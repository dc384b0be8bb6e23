import Engine
import HostConfig
import Platform
import Privileged

/// The services' environment below /etc, and the copy of the config in force with its signature.
struct EnvironmentFiles: Step {
    let id: StepID = "environment-files"
    let phase = Phase.files
    let needs: Set<StepID> = ["layout"]
    /// Names whose values are no secret; an address may hold one.
    private static let open = ["BOOTSTRAP_USER", "BOOTSTRAP_ROOT", "HOST_ID", "HOST_NAME", "NODE", "BTRFS_MOUNT_POINT"]
    private let host: Host
    private let copies: [WantedFile]

    init(_ host: Host) {
        self.host = host
        let config = WantedFile(
            path: host.layout.configInForce, content: host.configuration.source, mode: 0o600,
            owner: host.owner)
        let signature = host.configuration.signature.map {
            WantedFile(path: host.layout.configSignature, content: $0, mode: 0o600, owner: host.owner)
        }
        copies = [config, signature].compactMap(\.self)
    }

    func inspect(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        let environment = try environmentFile()
        return try await onDisk { [copies] () throws(SystemCallError) in
            try differences(of: copies) + [environment.difference()].compactMap { $0 }
        }
    }

    func preview(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        let environment = try environmentFile()
        let salt = UInt64.random(in: .min ... .max)
        let shown = Set(Self.open).subtracting(host.configuration.environment.keys)
        return try await onDisk { [copies] () throws(SystemCallError) in
            // The config itself may hold a secret, so of its copy no line is shown.
            try differences(of: copies)
                + [environment.detailedDifference { EnvironmentText.masked($0, showing: shown, salt: salt) }]
                .compactMap { $0 }
        }
    }

    func apply(_ differences: [Difference], _ context: StepContext) async throws(StepFailure) {
        try await onDisk { [copies] () throws(SystemCallError) in
            for copy in copies where try copy.difference() != nil { try copy.write() }
        }
        let wanted = try environmentFile()
        try await asRoot { () throws(PrivilegedError) in
            // The bootstrap user owns it, so that looking needs no root; its folder is root's.
            try await host.helper.replaceFile(
                wanted.path, content: wanted.content, mode: wanted.mode, owner: host.account.name)
        }
    }

    func ownedThings(_ context: StepContext) async throws(StepFailure) -> [OwnedThing] {
        let file = try environmentFile()
        let folders = Ownership.folders(above: file.path).map { OwnedThing(.folder, $0) }
        return try await Ownership.look(folders + copies.map(\.owned) + [file.owned], context, host.others)
    }

    func wants(_ thing: OwnedThing) -> Bool {
        switch thing.kind {
        case .file: (copies.map(\.path) + [host.configuration.environmentFile]).contains(thing.name)
        case .folder: Ownership.folders(above: host.configuration.environmentFile).contains(thing.name)
        default: false
        }
    }

    private func environmentFile() throws(StepFailure) -> WantedFile {
        WantedFile(
            path: host.configuration.environmentFile, content: Array(try host.environmentText().utf8), mode: 0o600,
            owner: host.owner)
    }
}

private func differences(of files: [WantedFile]) throws(SystemCallError) -> [Difference] {
    var found: [Difference] = []
    for file in files { if let difference = try file.difference() { found.append(difference) } }
    return found
}

extension Host {
    /// The text of the services' environment file, secrets revealed.
    func environmentText() throws(StepFailure) -> String { EnvironmentText.render(try environmentValues()) }

    /// The services' environment, secrets revealed.
    func environmentValues() throws(StepFailure) -> [String: String] {
        var values = [
            "BOOTSTRAP_USER": account.name, "BOOTSTRAP_ROOT": layout.root, "HOST_ID": configuration.hostID,
            "HOST_NAME": configuration.hostName,
            "CONAT_URLS": configuration.conatURLs.map(\.text).joined(separator: ","),
        ]
        values["NODE"] = node.map { "\($0.folder)/bin/node" }
        values["BTRFS_MOUNT_POINT"] = configuration.btrfs?.mountPoint
        for (name, secret) in configuration.environment {
            let value = try value(of: secret)
            // What looks like a name and is none may be a part of a password.
            values[name] = secret.isLiteral ? try filled(value) : value
        }
        return values
    }
}
