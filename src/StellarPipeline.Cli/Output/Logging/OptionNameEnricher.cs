using Serilog.Core;
using Serilog.Events;

namespace StellarPipeline.Cli.Output.Logging;

/// <summary>Replaces names of library settings by those of options in every log event, before any sink gets it.</summary>
internal sealed class OptionNameEnricher : ILogEventEnricher
{
    /// <inheritdoc/>
    public void Enrich(LogEvent logEvent, ILogEventPropertyFactory propertyFactory)
    {
        foreach ((string name, LogEventPropertyValue value) in logEvent.Properties.ToArray())
        {
            if (value is not ScalarValue { Value: string text }) continue;
            string named = OptionNames.In(text);
            if (named != text) logEvent.AddOrUpdateProperty(new LogEventProperty(name, new ScalarValue(named)));
        }
    }
}
