using System.Collections;
using System.Globalization;
using Microsoft.Extensions.Logging;

namespace StellarPipeline.Postgres.ForeignKeys.Audit;

/// <summary>
/// Writes each audit event to a logger: the event's name and fields are the structured state, and one readable line is the text.
/// </summary>
/// <remarks>
/// The event id's name is the audit event's name, and each kind has its own id (README of this library). Key values
/// (<c>sample_keys</c>) and SQL are in the fields, so they are written wherever the logger writes.
/// </remarks>
public sealed class LoggerAuditSink : IAuditSink
{
    private readonly ILogger logger;

    /// <summary>Writes to a logger.</summary>
    /// <param name="logger">Where to.</param>
    public LoggerAuditSink(ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(logger);
        this.logger = logger;
    }

    /// <inheritdoc/>
    public void Record(AuditEvent auditEvent)
    {
        ArgumentNullException.ThrowIfNull(auditEvent);
        LogLevel level = auditEvent.Severity == AuditSeverity.Warning ? LogLevel.Warning : LogLevel.Information;
        if (!this.logger.IsEnabled(level))
            return;

        // Providers that render for themselves (Serilog) look for the template under this name.
        string template = "{event}" + string.Concat(auditEvent.Fields.Select(field => $" {field.Key}={{{field.Key}}}"));
        KeyValuePair<string, object?>[] state = [new("event", auditEvent.Name), .. auditEvent.Fields, new("{OriginalFormat}", template)];
        this.logger.Log(level, PostgresLog.OfAudit(auditEvent.Name), state, exception: null, static (fields, _) => Line(fields));
    }

    private static string Line(KeyValuePair<string, object?>[] fields) =>
        fields[0].Value + " " + string.Join(' ', fields[1..^1].Select(field => $"{field.Key}={Text(field.Value)}"));

    private static string Text(object? value) => value switch
    {
        null => "-",
        string text => text,
        IEnumerable items => "[" + string.Join("; ", items.Cast<object?>().Select(Text)) + "]",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };
}
