using System.Net;
using System.Net.Sockets;
using Npgsql;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.Postgres.Transactions;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Postgres.Tests.Transactions;

/// <summary>
/// Sessions of attempts that failed are ended where they are in the way, and nobody else's are; a COMMIT that got lost is settled.
/// </summary>
public sealed class LostSessionTests
{
    private static readonly AdvisoryLock Ingest = new(4711, "ingestion");

    [SkippableFact]
    public async Task OpenAsync_LostSessionCameBackFromThePool_IsNotEndedByItself()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await using var dataSource =
            NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database.ConnectionString) { MaxPoolSize = 1 }.ConnectionString);
        ServerSession lost;
        await using (LoadTransaction first =
            await LoadTransaction.OpenAsync(dataSource, new LoadTransactionOptions { AdvisoryLocks = [Ingest] }))
        {
            lost = first.Session!;
        }

        await using LoadTransaction other =
            await LoadTransaction.OpenAsync(database.DataSource, new LoadTransactionOptions { AdvisoryLocks = [Ingest] });

        DatabaseException error = await Assert.ThrowsAsync<DatabaseException>(
            () => LoadTransaction.OpenAsync(dataSource, new LoadTransactionOptions { AdvisoryLocks = [Ingest], LostSessions = [lost] }));

        Assert.Contains("is held by another session", error.Message, StringComparison.Ordinal);
        Assert.False(TransientFailure.Is(error));
    }

    [SkippableFact]
    public async Task OpenAsync_LostSessionServesSomebodyElse_IsLeftInPeace()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await using LoadTransaction healthy = await LoadTransaction.OpenAsync(database.DataSource);
        await using LoadTransaction holder =
            await LoadTransaction.OpenAsync(database.DataSource, new LoadTransactionOptions { AdvisoryLocks = [Ingest] });

        await Assert.ThrowsAsync<DatabaseException>(
            () => LoadTransaction.OpenAsync(
                database.DataSource, new LoadTransactionOptions { AdvisoryLocks = [Ingest], LostSessions = [healthy.Session!] }));

        Assert.Equal(CommitOutcome.Answered, await healthy.CommitAsync());
        Assert.Equal(CommitOutcome.Answered, await holder.CommitAsync());
    }

    [SkippableFact]
    public async Task OpenAsync_LostSessionHoldsTheLock_IsEnded()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await using LoadTransaction lost =
            await LoadTransaction.OpenAsync(database.DataSource, new LoadTransactionOptions { AdvisoryLocks = [Ingest] });

        await using LoadTransaction next = await LoadTransaction.OpenAsync(
            database.DataSource, new LoadTransactionOptions { AdvisoryLocks = [Ingest], LostSessions = [lost.Session!] });

        Assert.Equal(CommitOutcome.Answered, await next.CommitAsync());
        await Assert.ThrowsAsync<DatabaseException>(lost.CommitAsync);
    }

    [SkippableFact]
    public async Task CommitAsync_NeverReachesTheServer_IsRolledBackForSureAndHoldsNoLock()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await using var proxy = new WireProxy(database.ConnectionString);
        await using var dataSource = NpgsqlDataSource.Create(proxy.ConnectionString);
        await using LoadTransaction load =
            await LoadTransaction.OpenAsync(dataSource, new LoadTransactionOptions { AdvisoryLocks = [Ingest] });
        proxy.When("COMMIT\0", WireFate.CutClientOnly);

        DatabaseException error = await Assert.ThrowsAsync<DatabaseException>(load.CommitAsync);

        Assert.False(error.OutcomeIsUnknown);
        Assert.True(TransientFailure.Is(error), error.ToString());
        await using LoadTransaction next =
            await LoadTransaction.OpenAsync(database.DataSource, new LoadTransactionOptions { AdvisoryLocks = [Ingest] });
        Assert.Equal(CommitOutcome.Answered, await next.CommitAsync());
    }

    [Fact]
    public async Task OpenAsync_CancelledDuringTheTlsHandshake_IsACancellation()
    {
        using var stop = new CancellationTokenSource();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Task server = AnswerAndCancelAsync(listener, stop);
        await using var dataSource = NpgsqlDataSource.Create(
            $"Host=127.0.0.1;Port={((IPEndPoint)listener.LocalEndpoint).Port};Username=u;Password=p;SSL Mode=Require;Timeout=60");

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => LoadTransaction.OpenAsync(dataSource, cancellationToken: stop.Token));

        await server;
    }

    // PostgreSQL manual, "SSL Session Encryption": the answer S to an SSLRequest of 8 bytes, then TLS begins; its hello is never answered.
    private static async Task AnswerAndCancelAsync(TcpListener listener, CancellationTokenSource stop)
    {
        using TcpClient client = await listener.AcceptTcpClientAsync();
        NetworkStream stream = client.GetStream();
        byte[] bytes = new byte[8];
        await stream.ReadExactlyAsync(bytes);
        await stream.WriteAsync("S"u8.ToArray());
        await stream.ReadExactlyAsync(bytes);
        await stop.CancelAsync();
        byte[] rest = new byte[1 << 16];
        while (await stream.ReadAsync(rest) > 0) { }
    }
}
