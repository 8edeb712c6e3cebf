namespace StellarPipeline.Postgres.ForeignKeys.Audit;

/// <summary>
/// One decision, action or finding about foreign keys. Names and fields are defined in <see cref="AuditEvents"/>.
/// </summary>
/// <param name="Name">One of the constants of <see cref="AuditEvents"/>.</param>
/// <param name="Severity">How much attention it needs.</param>
/// <param name="Fields">Field names and values in a fixed order. Values are string, bool, long, int, double, null, or a list of
/// strings.</param>
public sealed record AuditEvent(string Name, AuditSeverity Severity, IReadOnlyList<KeyValuePair<string, object?>> Fields)
{
    /// <summary>The value of a field, or null if the event has no such field.</summary>
    /// <param name="field">Field name.</param>
    public object? this[string field] => Fields.FirstOrDefault(pair => pair.Key == field).Value;
}
