internal import Database
internal import JSON
internal import Platform
internal import Synchronization

/// `GET /api/v1/delta/status` and `POST /api/v1/delta/upload`, with the answers that the clients in the field know.
struct DeltaRoute: Sendable {
    let service: DeltaService
    let store: HubStore
    /// Told of what an operator should look at.
    let onWarning: @Sendable (String) -> Void
    private let rate = RateLimit()

    init(_ service: DeltaService, store: HubStore, onWarning: @escaping @Sendable (String) -> Void) {
        self.service = service
        self.store = store
        self.onWarning = onWarning
    }

    // MARK: Status

    /// Answers without a key, since clients send theirs with uploads only; a workspace that was never uploaded to is told
    /// of in the same way as one that was.
    func status(_ request: HTTPRequest) throws(DatabaseError) -> HTTPResponse {
        guard request.method == "GET" || request.method == "HEAD" else { return .notAllowed("GET, HEAD") }
        guard let path = request.query["workspace_path"], !path.isEmpty else {
            return Self.formError(field: "workspace_path", "Field required", input: nil, place: "query")
        }
        let workspace: String
        do throws(DeltaError) { workspace = try service.possibleWorkspace(path) } catch {
            guard case .refused(let problem) = error else {
                return Self.refusal(503, "UNAVAILABLE", "the folder of the workspaces cannot be read")
            }
            return Self.formError(field: "workspace_path", problem, input: path, place: "query")
        }
        let known = try store.deltaWorkspace(workspace)
        return .json(
            .object([
                "workspace_path": .string(path),
                "collection_name": .string(known?.collection ?? service.settings.collection),
                "last_sequence": .integer(known?.lastSequence ?? 0),
                "last_upload": .optional(known?.lastUpload.rfc3339), "pending_operations": .integer(0),
                "status": .string("ready"),
                "server_info": .object([
                    "version": .string(Hub.version),
                    "max_bundle_size_mb": .integer(Int64(service.settings.mostMegabytes)),
                    "supported_formats": .array([.string("tar.gz")]),
                ]),
            ]))
    }

    // MARK: Upload

    func upload(_ request: HTTPRequest) throws(DatabaseError) -> HTTPResponse {
        guard request.method == "POST" else { return .notAllowed("POST") }
        guard let form = request.form else {
            return Self.formError(field: "bundle", "Field required", input: nil, place: "body")
        }
        let upload: DeltaService.Upload
        do throws(DeltaError) { upload = try read(form) } catch { return Self.answer(error) }
        if let refusal = try refusal(request, workspace: upload.workspace) { return refusal }
        guard rate.admits((try? service.workspace(upload.workspace)) ?? "") else {
            return Self.refusal(429, "RATE_LIMITED", "too many uploads of this workspace").adding("Retry-After", "1")
        }
        let (service, onWarning) = (service, onWarning)
        return HTTPResponse(
            200, [],
            .deferred { answer in
                // The form goes along: its file lies there as long as somebody refers to it.
                Task { answer(await Self.apply(upload, form, service, onWarning)) }
            })
    }

    private static func apply(
        _ upload: DeltaService.Upload, _ form: UploadForm, _ service: DeltaService,
        _ onWarning: @Sendable (String) -> Void
    ) async -> HTTPResponse {
        let began = ContinuousClock.now
        do throws(DeltaError) {
            let outcome = try await onOwnThread { () throws(DeltaError) in
                try withExtendedLifetime(form) { () throws(DeltaError) in try service.apply(upload) }
            }
            if let aside = outcome.aside {
                onWarning(
                    "what upload \(outcome.sequence) of the workspace \"\(upload.workspace)\" took the place of, and did "
                        + "not delete, is kept in \(aside): look it through, and remove it")
            }
            var hook: JSONValue?
            if let target = service.settings.hook {
                hook = await DeltaHook(target: target).call(outcome, workspace: try service.workspace(upload.workspace))
            }
            return .json(body(outcome, took: ContinuousClock.now - began, hook))
        } catch {
            return answer(error)
        }
    }

    private static func body(_ outcome: DeltaService.Outcome, took: Duration, _ hook: JSONValue?) -> JSONValue {
        let counts = outcome.counts
        var members: [String: JSONValue] = [
            "success": .bool(true), "bundle_id": .string(outcome.bundleID),
            "sequence_number": .integer(outcome.sequence),
            "processed_operations": .object([
                "created": .integer(Int64(counts.created)), "updated": .integer(Int64(counts.updated)),
                "deleted": .integer(Int64(counts.deleted)), "moved": .integer(Int64(counts.moved)),
                "skipped": .integer(Int64(counts.skipped)), "failed": .integer(0),
            ]),
            "processing_time_ms": .integer(took.milliseconds), "indexed_points": .null,
            "collection_name": .string(outcome.collection), "next_sequence": .integer(outcome.sequence + 1),
            "error": .null,
        ]
        if let hook { members["hook"] = hook }
        if let aside = outcome.aside { members["kept_aside"] = .string(aside) }
        return .object(members)
    }

    private func read(_ form: UploadForm) throws(DeltaError) -> DeltaService.Upload {
        if let field = form.badField {
            throw .form(field: field, problem: "Input should be valid UTF-8, and given once", input: nil)
        }
        guard let workspace = form.texts["workspace_path"], !workspace.isEmpty else {
            throw .form(field: "workspace_path", problem: "Field required", input: nil)
        }
        guard !form.isTooLarge else { throw .tooLarge(limit: service.settings.mostMegabytes) }
        guard let file = form.file else { throw .form(field: "bundle", problem: "Field required", input: nil) }
        if let failure = form.failure { throw DeltaError(failure) }
        var sequence: Int64?
        if let text = form.texts["sequence_number"], !text.isEmpty {
            guard let number = Int64(text), DeltaManifest.sequences.contains(number) else {
                throw .form(field: "sequence_number", problem: Self.noInteger, input: text)
            }
            sequence = number
        }
        let force = form.texts["force"] ?? ""
        guard let isForced = Self.boolean(force) else {
            throw .form(field: "force", problem: Self.noBoolean, input: force)
        }
        let collection = form.texts["collection_name"].flatMap { $0.isEmpty ? nil : $0 }
        return DeltaService.Upload(
            workspace: workspace, collection: collection, sequence: sequence, force: isForced, file: file)
    }

    private static let noInteger = "Input should be a valid integer"
    private static let noBoolean = "Input should be a valid boolean"

    private static func boolean(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "true", "1", "yes", "on", "t", "y": true
        case "false", "0", "no", "off", "": false
        default: nil
        }
    }

    // MARK: Who may

    /// The same, as far as a request's head tells: a key may also be a field of the form.
    func stranger(_ head: HTTPRequest) throws(DatabaseError) -> HTTPResponse? {
        guard head.method == "POST" else { return nil }
        guard try store.hasHadDeltaKeys() else { return head.isFromLoopback ? nil : Self.fromElsewhere }
        guard let key = head.bearerToken, try store.deltaWorkspace(ofKey: key) == nil else { return nil }
        return Self.withoutKey
    }

    private static let fromElsewhere = refusal(
        403, "FORBIDDEN", "without keys, uploads are taken from this machine only (add-key)")
    private static let withoutKey = refusal(
        401, "UNAUTHORIZED", "send a key as Authorization: Bearer KEY, or as the field session"
    ).adding("WWW-Authenticate", "Bearer")

    /// Why this request is not taken; nil when it is.
    private func refusal(_ request: HTTPRequest, workspace path: String) throws(DatabaseError) -> HTTPResponse? {
        guard try store.hasHadDeltaKeys() else {
            return request.isFromLoopback ? nil : Self.fromElsewhere
        }
        let session = request.form?.texts["session"].flatMap { $0.isEmpty ? nil : $0 }
        guard let key = request.bearerToken ?? session, let allowed = try store.deltaWorkspace(ofKey: key) else {
            return Self.withoutKey
        }
        let workspace = try? service.workspace(path)
        guard let workspace, workspace.hasSameBytes(as: allowed) || workspace.hasFirstBytes("\(allowed)/") else {
            return Self.refusal(403, "FORBIDDEN", "this key is for another workspace")
        }
        return nil
    }

    // MARK: Answers

    private static func answer(_ error: DeltaError) -> HTTPResponse {
        switch error {
        case .form(let field, let problem, let input): formError(field: field, problem, input: input, place: "body")
        case .tooLarge(let limit):
            refusal(413, "BUNDLE_TOO_LARGE", "Bundle too large: more than \(limit) MB")
        case .sequence(let expected, let received):
            failure([
                "code": .string("SEQUENCE_MISMATCH"),
                "message": .string("Expected sequence \(expected), got \(received)"),
                "expected_sequence": .integer(expected), "received_sequence": .integer(received),
                "retry_after": .integer(5000),
            ])
        case .refused(let words): failure(["code": .string("PROCESSING_ERROR"), "message": .string(words)])
        case .failed(let explanation):
            failure(["code": .string("PROCESSING_ERROR"), "message": .string(explanation.summary)])
        }
    }

    private static func failure(_ error: [String: JSONValue]) -> HTTPResponse {
        var members: [String: JSONValue] = ["success": .bool(false), "error": .object(error)]
        for name in [
            "bundle_id", "sequence_number", "processed_operations", "processing_time_ms", "indexed_points",
            "collection_name", "next_sequence",
        ] { members[name] = .null }
        return .json(.object(members))
    }

    private static func refusal(_ status: Int, _ code: String, _ message: String) -> HTTPResponse {
        .json(
            .object([
                "detail": .string(message),
                "error": .object(["code": .string(code), "message": .string(message)]),
            ]), status: status)
    }

    private static func formError(field: String, _ problem: String, input: String?, place: String) -> HTTPResponse {
        let types = ["Field required": "missing", Self.noInteger: "int_parsing", Self.noBoolean: "bool_parsing"]
        return .json(
            .object([
                "detail": .array([
                    .object([
                        "type": .string(types[problem] ?? "value_error"),
                        "loc": .array([.string(place), .string(field)]),
                        "msg": .string(problem), "input": .optional(input),
                    ])
                ]),
                "error": .object([
                    "code": .string("VALIDATION_ERROR"), "message": .string("\(field): \(problem)"),
                ]),
            ]), status: 422)
    }
}

/// At most so many uploads of a workspace in ten seconds.
private final class RateLimit: Sendable {
    private static let most = 50
    private let state = Mutex<[String: (window: Int64, count: Int)]>([:])

    func admits(_ workspace: String) -> Bool {
        let window = Timestamp.now().milliseconds / 10_000
        return state.withLock { state in
            if state.count > 10_000 { state = state.filter { $0.value.window == window } }
            var entry = state[workspace] ?? (window, 0)
            if entry.window != window { entry = (window, 0) }
            entry.count += 1
            state[workspace] = entry
            return entry.count <= Self.most
        }
    }
}
