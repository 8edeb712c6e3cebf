using Microsoft.Extensions.Logging;

namespace StellarPipeline.Postgres.Connections;

/// <summary>Passes on Npgsql's log, and logs slow statements as an event of this library.</summary>
/// <remarks>The event contains the text of the statement, never the values of its parameters: Npgsql does not log them.</remarks>
/// <param name="inner">The target of the log; the caller disposes it.</param>
internal sealed class StatementLogFactory(ILoggerFactory inner) : ILoggerFactory
{
    // Npgsql's log category for statements, and its event for a completed statement.
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
        // The caller disposes the inner factory.
    }

    private sealed class StatementLogger(ILogger inner, ILogger own) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => inner.BeginScope(state);

        // Npgsql measures statements only if this level is enabled.
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
