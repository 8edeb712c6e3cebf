namespace Pipeline.Postgres.ForeignKeys;

/// <summary>Names and fields of every audit event. A field is always present, and null where it does not apply.</summary>
public static class AuditEvents
{
    /// <summary>A foreign key was proved, or found violated. Fields: <c>constraint</c>, <c>referencing</c>, <c>referenced</c>, <c>violating_rows</c>, <c>sample_keys</c>, <c>seconds</c> (null when violated).</summary>
    public const string Proof = "foreign_key_proof";

    /// <summary>A server setting was read back after it was set. Fields: <c>setting</c>, <c>expected</c>, <c>actual</c>.</summary>
    public const string Setting = "setting_read_back";

    /// <summary>Something that a person should look at. Fields: <c>message</c>.</summary>
    public const string Warning = "foreign_key_warning";

    internal static AuditEvent ProofOf(ForeignKey key, long rows, IReadOnlyList<string> samples, TimeSpan? elapsed) => new(
        Proof,
        rows == 0 ? AuditSeverity.Information : AuditSeverity.Warning,
        [
            new("constraint", key.Name), new("referencing", key.Referencing.ToString()), new("referenced", key.Referenced.ToString()),
            new("violating_rows", rows), new("sample_keys", samples), new("seconds", elapsed?.TotalSeconds),
        ]);

    internal static AuditEvent SettingOf(string setting, string expected, string actual) => new(
        Setting,
        expected == actual ? AuditSeverity.Information : AuditSeverity.Warning,
        [new("setting", setting), new("expected", expected), new("actual", actual)]);

    internal static AuditEvent WarningOf(string message) => new(Warning, AuditSeverity.Warning, [new("message", message)]);
}
