using Microsoft.Extensions.Logging;

namespace StellarPipeline.Postgres.Connections;

/// <summary>Passes on what Npgsql logs, and tells by an event of this library which statements were slow.</summary>
/// <remarks>The text of a statement is told, never the values of its parameters: Npgsql does not put them there.</remarks>
/// <param name="inner">Where it is logged; stays the caller's.</param>
internal sealed class StatementLogFactory(ILoggerFactory inner) : ILoggerFactory
{
    // Npgsql's name for what it logs of statements, and its event of one that has ended.
    private const string Statements = "Npgsql.Command";
    private const int Completed = 2001;

    private const long SlowMilliseconds = 1_000;
    private const int MostLetters = 400;

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName)
    {
        ILogger logger = inner.CreateLogger(categoryName);
        return categoryName == Statements ? new StatementLogger(logger, inner.CreateLogger(typeof(StatementLogFactory).FullName!)) : logger;
    }

    /// <inheritdoc/>
    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    /// <inheritdoc/>
    public void Dispose()
    {
        // The loggers are the caller's.
    }

    private sealed class StatementLogger(ILogger inner, ILogger own) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => inner.BeginScope(state);

        // Npgsql measures statements only where somebody wants to know.
        public bool IsEnabled(LogLevel logLevel) =>
            inner.IsEnabled(logLevel) || (logLevel == LogLevel.Information && own.IsEnabled(LogLevel.Information));

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (inner.IsEnabled(logLevel))
                inner.Log(logLevel, eventId, state, exception, formatter);
            if (eventId.Id != Completed || state is not IReadOnlyList<KeyValuePair<string, object?>> fields)
                return;
            long milliseconds = 0;
            string text = "";
            foreach ((string name, object? value) in fields)
            {
                if (name == "DurationMs" && value is long duration)
                    milliseconds = duration;
                else if (name == "CommandText" && value is string statement)
                    text = statement;
                else if (name == "BatchCommands" && value is string[] statements)
                    text = string.Join("; ", statements);
            }

            if (milliseconds >= SlowMilliseconds)
                PostgresLog.SlowStatement(own, milliseconds / 1000.0, Short(text));
        }

        private static string Short(string text)
        {
            string line = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
            return line.Length <= MostLetters ? line : $"{line[..MostLetters]} …";
        }
    }
}
