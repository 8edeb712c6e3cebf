using System.Globalization;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting.Display;

namespace StellarPipeline.Cli.Output.Logging;

/// <summary>One log event with its message as text.</summary>
/// <param name="Time">When it was logged.</param>
/// <param name="Level">Its level.</param>
/// <param name="Id">Its id; 0 for none.</param>
/// <param name="Source">The category that logged it.</param>
/// <param name="Text">The message.</param>
internal sealed record LoggedEvent(DateTimeOffset Time, LogEventLevel Level, int Id, string Source, string Text);

/// <summary>The last events of this process and how often each happened: for the progress, the dashboard and the report.</summary>
internal sealed class LogEvents : ILogEventSink
{
    private const int FirstAuditId = 4200;
    private const int LastAuditId = 4299;

    // The number of events kept.
    private const int Kept = 100;

    private static readonly MessageTemplateTextFormatter Message = new("{Message:lj}", CultureInfo.InvariantCulture);

    private readonly Lock gate = new();
    private readonly Queue<LoggedEvent> events = new();
    private readonly Dictionary<int, int> counts = [];

    /// <summary>The events of this process.</summary>
    public static LogEvents Instance { get; } = new();

    /// <summary>The last events, oldest first.</summary>
    public IReadOnlyList<LoggedEvent> Recent
    {
        get
        {
            lock (gate) return [.. events];
        }
    }

    /// <summary>How often an event happened.</summary>
    public int CountOf(int id)
    {
        lock (gate) return counts.GetValueOrDefault(id);
    }

    /// <inheritdoc/>
    public void Emit(LogEvent logEvent)
    {
        int id = logEvent.Properties.GetValueOrDefault("EventId") is StructureValue value
            && value.Properties.FirstOrDefault(property => property.Name == "Id")?.Value is ScalarValue { Value: int number } ? number : 0;
        string source = logEvent.Properties.GetValueOrDefault("SourceContext") is ScalarValue { Value: string name }
            ? name[(name.LastIndexOf('.') + 1)..]
            : "";
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        Message.Format(logEvent, text);
        var seen = new LoggedEvent(logEvent.Timestamp, logEvent.Level, id, source, text.ToString());
        lock (gate)
        {
            counts[id] = counts.GetValueOrDefault(id) + 1;

            // Events of the foreign keys may contain key values of rows: they go only to the logs.
            if (id is >= FirstAuditId and <= LastAuditId) return;
            events.Enqueue(seen);
            if (events.Count > Kept) events.Dequeue();
        }
    }
}
