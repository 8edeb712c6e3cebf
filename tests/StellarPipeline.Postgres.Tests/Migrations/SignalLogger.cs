using Microsoft.Extensions.Logging;

namespace StellarPipeline.Postgres.Tests.Migrations;

/// <summary>Tells a test that a certain line was logged.</summary>
internal sealed class SignalLogger(string text) : ILogger
{
    private readonly TaskCompletionSource signal = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Signal => signal.Task;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (formatter(state, exception).Contains(text, StringComparison.Ordinal))
            signal.TrySetResult();
    }
}
