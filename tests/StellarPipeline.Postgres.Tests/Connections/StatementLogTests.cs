using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Npgsql;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Postgres.Tests.Connections;

/// <summary>Slow statements are events, with their text and without any value.</summary>
public sealed class StatementLogTests
{
    [SkippableFact]
    public async Task ConnectAsync_SlowStatement_IsAnEventWithItsTextAndNoValue()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        var seen = new List<(int Id, string Text)>();
        await using NpgsqlDataSource connections =
            await ConnectionSettings.Parse(database.ConnectionString).ConnectAsync(null, new Recorder(seen));
        long started = Stopwatch.GetTimestamp();
        await using (NpgsqlCommand quick = connections.CreateCommand("SELECT 1 AS quick"))
            await quick.ExecuteNonQueryAsync();
        TimeSpan quickTime = Stopwatch.GetElapsedTime(started);
        await using (NpgsqlCommand slow = connections.CreateCommand("SELECT pg_sleep(1.1), $1::text"))
        {
            slow.Parameters.Add(new NpgsqlParameter { Value = "a secret" });
            await slow.ExecuteNonQueryAsync();
        }

        // On a machine that stands still for a second every statement is slow.
        (int Id, string Text)[] told = [.. seen.Where(entry => entry.Id == 4400)];
        if (quickTime < TimeSpan.FromSeconds(1))
            Assert.DoesNotContain(told, entry => entry.Text.Contains("quick", StringComparison.Ordinal));
        Assert.Single(told, entry => entry.Text.Contains("SELECT pg_sleep(1.1), $1::text", StringComparison.Ordinal));
        Assert.DoesNotContain(told, entry => entry.Text.Contains("a secret", StringComparison.Ordinal));
    }

    private sealed class Recorder(List<(int Id, string Text)> seen) : ILoggerFactory, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public void Dispose()
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (seen) seen.Add((eventId.Id, formatter(state, exception)));
        }
    }
}
