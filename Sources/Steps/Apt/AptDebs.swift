import Bundles
import Digests
import Engine
import HostConfig
import Platform
import Privileged
import Synchronization
import Transfer

/// Packages in files of their own: fetched, held to their digests, and installed by apt, so that what they need comes.
///
/// Which package a file is stands in the file; once that is in the receipt, dpkg's status tells all without the file.
struct AptDebs: Step {
    private static let name: StepID = "apt-debs"
    let id = Self.name
    let phase = Phase.install
    let needs: Set<StepID>
    private let host: Host
    private let files: [AptPackageFile]
    private let apt: AptCommands
    private let read = ReadPackages()

    /// The step that a host's package files are installed by; nil when there are none.
    static func id(_ host: Host) -> StepID? { host.configuration.apt.debs.isEmpty ? nil : name }

    init(_ host: Host) {
        self.host = host
        files = host.configuration.apt.debs
        apt = AptCommands(helper: host.helper, settings: host.configuration.apt)
        needs = Set(["layout", AptSources.id(host), AptPackages.id(host)].compactMap(\.self))
    }

    func inspect(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        forgetOthers(context)
        let status = try await onDisk { () throws(SystemCallError) in try DpkgStatus.current() }
        return files.compactMap { difference($0, status) }
    }

    /// A file that must be fetched is told with its size.
    func preview(_ context: StepContext) async throws(StepFailure) -> [Difference] {
        let status = try await onDisk { () throws(SystemCallError) in try DpkgStatus.current() }
        var found: [Difference] = []
        for file in files {
            guard let difference = difference(file, status) else { continue }
            do throws(TransferError) {
                found.append(await host.previewed(difference, try SourceURL(file.url.text)))
            } catch {
                throw StepFailure(error)
            }
        }
        return found
    }

    /// Nil when the file's package is known, and is there in the version that the file has.
    private func difference(_ file: AptPackageFile, _ status: DpkgStatus) -> Difference? {
        guard let package = known(file) else {
            return Difference(file.url.description, found: "not known", wanted: "installed")
        }
        return status.difference(package.exact).map { Difference(package.name, found: $0, wanted: package.version) }
    }

    func apply(_ differences: [Difference], _ context: StepContext) async throws(StepFailure) {
        var packages: [PackageFields] = []
        var missing: [AptPackageFile] = []
        for file in files {
            let package = try await package(file, context)
            packages.append(package)
            if try await isMissing(package, file) { missing.append(file) }
        }
        try check(packages)
        if !missing.isEmpty {
            try await install(missing, packages.map(\.name), context)
            try await AutomaticPackages.own(besides: packages.map(\.name), context)
        }
        for (file, package) in zip(files, packages) { context.remember(Self.fact(file), package.fact) }
    }

    private func install(
        _ missing: [AptPackageFile], _ names: [String], _ context: StepContext
    ) async throws(StepFailure) {
        var paths: [(String, Digest)] = []
        for file in missing { paths.append((try await fetched(file, context), file.digest)) }
        let request = PackageFiles(paths, displacing: host.configuration.apt.absent.map(\.description))
        var attempts = AptAttempts(apt, hasRepaired: try await apt.repairIfInterrupted(names, context))
        try await apt.release(names.filter(host.configuration.apt.hold.map(\.description).contains), context)
        var listsAreGood = true, listsAreNew = false
        while true {
            let result =
                listsAreGood ? try await apt.install(request, names, context) : try await apt.update(context)
            if result.succeeded {
                if listsAreGood { break }
                (listsAreGood, listsAreNew) = (true, true)
                continue
            }
            let failure = AptFailure(result)
            // Whoever needs nothing that is not there needs no lists.
            if failure == .unmetDependencies, !listsAreNew {
                listsAreGood = false
                continue
            }
            let action = try await attempts.recover(from: failure, context) {
                let room = failure == .diskFull ? await apt.room(for: []) : nil
                let install = (["apt-get install"] + paths.map { ShellWord.plain($0.0) }).joined(separator: " ")
                return failure.explanation(result, of: listsAreGood ? install : "apt-get update", room: room)
            }
            if case .retry = action { listsAreGood = false }
        }
        let done = paths.map(\.0)
        try await onDisk { () throws(SystemCallError) in for path in done { try Files.remove(path) } }
    }

    /// It is not there in its version, or what is there of that version came from another file of this config's.
    private func isMissing(_ package: PackageFields, _ file: AptPackageFile) async throws(StepFailure) -> Bool {
        let status = try await onDisk { () throws(SystemCallError) in try DpkgStatus.current() }
        let facts = host.past?.steps[id.name]?.facts ?? [:]
        return status.difference(package.exact) != nil
            || facts[Self.fact(file)] == nil && facts.values.contains(package.fact)
    }

    // MARK: What the files are

    /// Files whose packages cannot be beside each other, or beside what else the config says.
    private func check(_ packages: [PackageFields]) throws(StepFailure) {
        let (settings, named) = (host.configuration.apt, host.configuration.aptPackages)
        for (index, package) in packages.enumerated() {
            let place = files[index].url.description
            func refuse(_ problem: String, _ hint: String) -> StepFailure {
                StepFailure(Explanation(problem, at: place, hint: hint))
            }
            if packages[..<index].contains(where: { $0.name == package.name }) {
                throw refuse("another of \"debs\" is the package \(package.name), too", "leave one of them out")
            }
            if AptSimulation.isAmong(settings.absent.map(\.description), package.name) {
                throw refuse(
                    "it is the package \(package.name), which stands in \"absent\"",
                    "take it out of one of the two")
            }
            let other = named.first { $0.name == package.name && $0.version != nil && $0.version != package.version }
            if let other {
                throw refuse(
                    "it is \(package.exact), and \"apt_packages\" wants \(other)",
                    "leave it out of \"apt_packages\"")
            }
            if package.architecture != "all", package.architecture != DpkgStatus.ownArchitecture {
                throw refuse(
                    "it is for \(package.architecture), and this host is \(DpkgStatus.ownArchitecture)",
                    "name the file for \(DpkgStatus.ownArchitecture)")
            }
        }
    }

    /// As far as it is known without the file.
    private func known(_ file: AptPackageFile) -> PackageFields? {
        read.of(file.digest)
            ?? host.past?.steps[id.name]?.facts[Self.fact(file)].flatMap { PackageFields(fact: $0) }
    }

    /// What is known, or the file itself says.
    private func package(_ file: AptPackageFile, _ context: StepContext) async throws(StepFailure) -> PackageFields {
        if let known = known(file) { return known }
        let path = try await fetched(file, context)
        let package = try await asRoot { () throws(PrivilegedError) in
            try await PackageFields.of(path, at: file.url.description)
        }
        read.keep(package, of: file.digest)
        return package
    }

    /// The file's path; it is fetched unless a run before this one did.
    private func fetched(_ file: AptPackageFile, _ context: StepContext) async throws(StepFailure) -> String {
        let path = "\(host.layout.downloads)/\(file.digest.hex).deb"
        let isThere = try await onDisk { () throws(SystemCallError) in
            guard try FileStatus.of(path)?.kind == .file else { return false }
            return try FileDigest.of(path) == file.digest
        }
        if isThere { return path }
        try await asBundle { () throws(BundleError) in
            try await host.downloader.fetchFile(file.url.text, file.digest, size: nil, to: path, mode: 0o600) {
                context.tell($0)
            }
        }
        return path
    }

    private static func fact(_ file: AptPackageFile) -> String { "\(factPrefix)\(file.digest.hex)" }
    private static let factPrefix = "deb "

    private func forgetOthers(_ context: StepContext) {
        let wanted = Set(files.map(Self.fact))
        for key in context.facts.keys where key.hasPrefix(Self.factPrefix) && !wanted.contains(key) {
            context.forget(key)
        }
    }

    // MARK: What is owned

    func ownedThings(_ context: StepContext) async throws(StepFailure) -> [OwnedThing] {
        let isSatisfied = try await inspect(context).isEmpty
        var packages: [PackageFields] = []
        for file in files { packages.append(try await package(file, context)) }
        if !isSatisfied { try await AutomaticPackages.begin(context) }
        let status = try await onDisk { () throws(SystemCallError) in try DpkgStatus.current() }
        for (file, package) in zip(files, packages) where status.difference(package.exact) != nil {
            // However this run ends, the next one knows which package it is.
            context.keep(Self.fact(file), package.fact)
        }
        let things = [OwnedThing(.folder, PackageFiles.place)] + packages.map { OwnedThing(.package, $0.name) }
        return try await Ownership.look(things, context, host.others)
    }

    func wants(_ thing: OwnedThing) -> Bool {
        switch thing.kind {
        case .folder: thing.name == PackageFiles.place
        case .package: AutomaticPackages.isOne(thing) || names.contains(thing.name)
        default: false
        }
    }

    /// The packages that are known to be wanted.
    var names: [String] { files.compactMap { known($0)?.name } }

    /// It may be one that a file, of which nobody knows yet which package it is, brings in another version.
    func mayWant(_ thing: OwnedThing) -> Bool {
        guard thing.kind == .package else { return false }
        let isUncertain = files.contains { known($0) == nil }
        return wants(thing) || isUncertain && host.past?.steps[id.name]?.owned?.contains(where: thing.isSame) == true
    }
}

/// What the files that were fetched in this run say of themselves.
private final class ReadPackages: Sendable {
    private let packages = Mutex<[Digest: PackageFields]>([:])
    func of(_ file: Digest) -> PackageFields? { packages.withLock { $0[file] } }
    func keep(_ package: PackageFields, of file: Digest) { packages.withLock { $0[file] = package } }
}

extension PackageFields {
    /// `NAME=VERSION`.
    var exact: String { "\(name)=\(version)" }

    /// As the receipt keeps it.
    var fact: String { "\(name) \(version) \(architecture)" }

    /// Reads ``fact``; nil for anything else.
    init?(fact: String) {
        let words = fact.parts(at: " ").map(String.init)
        guard words.count == 3 else { return nil }
        self.init(name: words[0], version: words[1], architecture: words[2])
    }
}
