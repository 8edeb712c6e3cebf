using Npgsql;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.Postgres.Tests.Rows;
using StellarPipeline.Postgres.Transactions;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Postgres.Tests.Transactions;

public sealed class LoadTransactionTests
{
    [SkippableFact]
    public async Task OpenAsync_Settings_HoldInsideTheTransactionAndNotAfterIt()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await using var dataSource = NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(database.ConnectionString) { MaxPoolSize = 1, NoResetOnClose = true }.ConnectionString);
        string before = await ShowAsync(dataSource);
        var options = new LoadTransactionOptions
        {
            LockTimeout = TimeSpan.FromSeconds(90),
            SynchronousCommit = "local",
            Settings =
                [new("maintenance_work_mem", "256MB"), new("session_replication_role", "replica"), new("statement_timeout", "3600000")],
        };

        await using (LoadTransaction load = await LoadTransaction.OpenAsync(dataSource, options))
        {
            Assert.Equal("local 0 90s 256MB replica 1h", await ShowAsync(load.Connection));
            Assert.Equal("90s", load.AppliedSettings["lock_timeout"]);
            Assert.Equal("replica", load.AppliedSettings["session_replication_role"]);
            Assert.Equal("1h", load.AppliedSettings["statement_timeout"]);
            Assert.True(load.ServerSettings.ContainsKey("shared_buffers"));
            Assert.Equal("local", load.ServerSettings["synchronous_commit"]);
            Assert.True(load.TransactionId > 0);
            Assert.Equal(load.ServerVersion.Major >= 17, load.AppliedSettings.ContainsKey("transaction_timeout"));
            await load.CommitAsync();
            Assert.Equal(before, await ShowAsync(load.Connection));
        }

        // The same server session, given back to the pool of one and taken again.
        Assert.Equal(before, await ShowAsync(dataSource));
    }

    [SkippableFact]
    public async Task DisposeAsync_SecondTimeWhenThePooledConnectionHasAnotherUser_LeavesThatTransactionAlone()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(TestRows.CreateTable);
        await using var dataSource =
            NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database.ConnectionString) { MaxPoolSize = 1 }.ConnectionString);
        LoadTransaction first = await LoadTransaction.OpenAsync(dataSource);
        await first.DisposeAsync();

        await using (LoadTransaction second = await LoadTransaction.OpenAsync(dataSource))
        {
            await using (var insert = new NpgsqlCommand("INSERT INTO public.item VALUES (1, 'kept')", second.Connection))
                await insert.ExecuteNonQueryAsync();
            await first.DisposeAsync();
            await second.CommitAsync();
        }

        Assert.Equal(1, await database.QueryAsync<long>("SELECT count(*) FROM item"));
    }

    [SkippableFact]
    public async Task OpenAsync_ValueThatTheServerChanges_IsAnError()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();

        DatabaseException error = await Assert.ThrowsAsync<DatabaseException>(
            () => LoadTransaction.OpenAsync(
                database.DataSource, new LoadTransactionOptions { Settings = [new("application_name", "grüß")] }));

        Assert.Contains("application_name was set to 'grüß'", error.Message, StringComparison.Ordinal);
        Assert.Contains("reads back as", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task OpenAsync_SettingTheRoleMayNotUse_SaysSo()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        TestRole role = await database.CreateRoleAsync();

        DatabaseException error = await Assert.ThrowsAsync<DatabaseException>(
            () => LoadTransaction.OpenAsync(
                role.DataSource, new LoadTransactionOptions { Settings = [new("session_replication_role", "replica")] }));

        Assert.Equal("42501", error.SqlState);
        Assert.Equal(FailureKind.Database, error.Kind);
        Assert.Contains("Starting the load transaction failed on", error.Message, StringComparison.Ordinal);
        Assert.Contains(role.Name, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(new NpgsqlConnectionStringBuilder(role.ConnectionString).Password!, error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task OpenAsync_WrongPasswordOrNoServer_NamesTheServerWithoutSecrets()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        TestRole role = await database.CreateRoleAsync();
        var nobody =
            new NpgsqlConnectionStringBuilder(role.ConnectionString)
            {
                Host = "127.0.0.1",
                Port = 1,
                Password = "sesame-street",
                Timeout = 5,
            };
        await using var dataSource = NpgsqlDataSource.Create(nobody.ConnectionString);

        DatabaseException error = await Assert.ThrowsAsync<DatabaseException>(() => LoadTransaction.OpenAsync(dataSource));

        Assert.StartsWith($"Could not connect to 127.0.0.1:1/{database.Name} as {role.Name}: ", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("sesame", error.ToString(), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task OpenAsync_LockHeldBySession_NamesTheHolder()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        AdvisoryLock wanted = new(-8622139916493065622, "ingestion of testnet");
        await using var live =
            new NpgsqlConnection(
                new NpgsqlConnectionStringBuilder(database.ConnectionString)
                {
                    ApplicationName = "live-ingest",
                    Pooling = false,
                }.ConnectionString);
        await live.OpenAsync();
        await using (var take = new NpgsqlCommand($"SELECT pg_advisory_lock({wanted.Key})", live))
            await take.ExecuteNonQueryAsync();
        var options = new LoadTransactionOptions { AdvisoryLocks = [new(17, "free"), wanted] };

        DatabaseException error =
            await Assert.ThrowsAsync<DatabaseException>(() => LoadTransaction.OpenAsync(database.DataSource, options));

        Assert.Contains("The advisory lock -8622139916493065622 (ingestion of testnet)", error.Message, StringComparison.Ordinal);
        Assert.Contains($"process {live.ProcessID}, application 'live-ingest'", error.Message, StringComparison.Ordinal);
        Assert.Contains("state idle", error.Message, StringComparison.Ordinal);
        // Explicitly, because a closed session lets go of its locks only when the server notices.
        await using (var release = new NpgsqlCommand($"SELECT pg_advisory_unlock({wanted.Key})", live))
            await release.ExecuteNonQueryAsync();

        await using LoadTransaction load = await LoadTransaction.OpenAsync(database.DataSource, options);
        DatabaseException second =
            await Assert.ThrowsAsync<DatabaseException>(() => LoadTransaction.OpenAsync(database.DataSource, options));
        Assert.Contains($"process {load.BackendProcessId}", second.Message, StringComparison.Ordinal);
        await load.RollbackAsync();
        await using LoadTransaction third = await LoadTransaction.OpenAsync(database.DataSource, options);
        Assert.Equal(CommitOutcome.Answered, await third.CommitAsync());
    }

    [SkippableFact]
    public async Task OpenAsync_LockHeldByAnotherRole_SaysWhatIsNotVisible()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        TestRole role = await database.CreateRoleAsync();
        var options = new LoadTransactionOptions { AdvisoryLocks = [new(5, "five")] };
        await using LoadTransaction load = await LoadTransaction.OpenAsync(database.DataSource, options);

        DatabaseException error = await Assert.ThrowsAsync<DatabaseException>(() => LoadTransaction.OpenAsync(role.DataSource, options));

        Assert.Contains("state not visible to this role", error.Message, StringComparison.Ordinal);
        Assert.Contains($"process {load.BackendProcessId}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CheckVersion_ServerBeforeTheOldestSupported_IsRefused()
    {
        LoadTransaction.CheckVersion("server", new Version(13, 0));

        DatabaseException error =
            Assert.Throws<DatabaseException>(() => LoadTransaction.CheckVersion("h:5432/d as u", new Version(12, 22)));

        Assert.Equal(
            "The server h:5432/d as u runs PostgreSQL 12.22, but 13 or newer is needed. Upgrade the server, or connect to another one.",
            error.Message);
    }

    [SkippableFact]
    public async Task CommitAsync_StatementOfOthersFailedBefore_IsNotTakenForSuccess()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await using LoadTransaction load = await LoadTransaction.OpenAsync(database.DataSource);
        await using (var bad = new NpgsqlCommand("SELECT 1 / 0", load.Connection))
            await Assert.ThrowsAsync<PostgresException>(() => bad.ExecuteNonQueryAsync());

        DatabaseException error = await Assert.ThrowsAsync<DatabaseException>(load.CommitAsync);

        Assert.Contains("ended in a rollback, because an earlier statement", error.Message, StringComparison.Ordinal);
        Assert.Contains("ended", (await Assert.ThrowsAsync<InvalidOperationException>(load.CommitAsync)).Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task CommitAsync_ReaderLeftOpen_ThrowsAndCanBeCalledAgain()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await using LoadTransaction load = await LoadTransaction.OpenAsync(database.DataSource);
        await using (var command = new NpgsqlCommand("SELECT 1", load.Connection))
        await using (await command.ExecuteReaderAsync())
            await Assert.ThrowsAsync<NpgsqlOperationInProgressException>(load.CommitAsync);

        Assert.Equal(CommitOutcome.Answered, await load.CommitAsync());
    }

    [SkippableFact]
    public async Task CommitAsync_DeferredConstraintFails_IsConfirmedAsRolledBack()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(
            "CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE child (id int REFERENCES parent DEFERRABLE INITIALLY DEFERRED)");
        await using LoadTransaction load = await LoadTransaction.OpenAsync(database.DataSource);
        await using (var insert = new NpgsqlCommand("INSERT INTO public.child VALUES (1)", load.Connection))
            await insert.ExecuteNonQueryAsync();

        DatabaseException error = await Assert.ThrowsAsync<DatabaseException>(load.CommitAsync);

        Assert.Equal("23503", error.SqlState);
        Assert.Contains("The server confirms it: nothing of this transaction was stored.", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task CommitAsync_ServerEndsTheSessionDuringCommit_IsFoundToBeRolledBack()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync(
            """
            CREATE TABLE t (id int);
            CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM
              pg_sleep(60); RETURN NULL; END $$;
            CREATE CONSTRAINT TRIGGER die AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION die();
            """);
        await using LoadTransaction load = await LoadTransaction.OpenAsync(database.DataSource);
        await using (var insert = new NpgsqlCommand("INSERT INTO public.t VALUES (1)", load.Connection))
            await insert.ExecuteNonQueryAsync();

        DatabaseException error = await Assert.ThrowsAsync<DatabaseException>(load.CommitAsync);

        Assert.Contains("ended in a rollback", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, await database.QueryAsync<long>("SELECT count(*) FROM t"));
    }

    [SkippableFact]
    public async Task CommitAsync_AnswerIsLost_IsFoundToBeCommitted()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync("CREATE TABLE t (id int)");
        await using var proxy = new AnswerLosingProxy(database.ConnectionString);
        await using var dataSource = NpgsqlDataSource.Create(proxy.ConnectionString);
        await using LoadTransaction load = await LoadTransaction.OpenAsync(dataSource);
        await using (var insert = new NpgsqlCommand("INSERT INTO public.t VALUES (1)", load.Connection))
            await insert.ExecuteNonQueryAsync();

        proxy.LoseNextAnswer(acceptMore: true);

        Assert.Equal(CommitOutcome.FoundOutLater, await load.CommitAsync());
        Assert.Equal(1, await database.QueryAsync<long>("SELECT count(*) FROM t"));
    }

    [SkippableFact]
    public async Task CommitAsync_AnswerIsLostAndServerCannotBeAsked_SaysHowToFindOut()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await using var proxy = new AnswerLosingProxy(database.ConnectionString);
        await using var dataSource = NpgsqlDataSource.Create(proxy.ConnectionString);
        await using LoadTransaction load =
            await LoadTransaction.OpenAsync(dataSource, new LoadTransactionOptions { CommitProbeLimit = TimeSpan.Zero });

        proxy.LoseNextAnswer(acceptMore: false);
        DatabaseException error = await Assert.ThrowsAsync<DatabaseException>(load.CommitAsync);

        Assert.Contains($"SELECT pg_xact_status('{load.TransactionId}')", error.Message, StringComparison.Ordinal);
        Assert.Contains("It is unknown whether", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task AskAsync_TransactionTheServerLost_CountsAsAborted()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        ulong current = ulong.Parse(
            (await database.QueryAsync<string>("SELECT pg_current_xact_id()::text"))!, System.Globalization.CultureInfo.InvariantCulture);

        var gone = new ServerSession(0, "");
        Assert.Equal(CommitProbe.Aborted, await CommitProbe.AskAsync(database.DataSource, current + 1_000_000, gone, TimeSpan.Zero));
        Assert.Equal(CommitProbe.Committed, await CommitProbe.AskAsync(database.DataSource, current, gone, TimeSpan.Zero));
    }

    [SkippableFact]
    public async Task DisposeAsync_NotCommitted_RollsBack()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync("CREATE TABLE t (id int)");
        await using (LoadTransaction load = await LoadTransaction.OpenAsync(database.DataSource))
        {
            await using var insert = new NpgsqlCommand("INSERT INTO public.t VALUES (1)", load.Connection);
            await insert.ExecuteNonQueryAsync();
        }

        Assert.Equal(0, await database.QueryAsync<long>("SELECT count(*) FROM t"));
    }

    [SkippableFact]
    public async Task OpenAsync_NothingSaidOfSynchronousCommit_LeavesTheServersOwn()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync($"ALTER DATABASE {database.Name} SET synchronous_commit = remote_write");
        await using var dataSource =
            NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database.ConnectionString) { Pooling = false }.ConnectionString);
        await using LoadTransaction load = await LoadTransaction.OpenAsync(dataSource);

        Assert.Equal("remote_write", load.ServerSettings["synchronous_commit"]);
        Assert.DoesNotContain("synchronous_commit", load.AppliedSettings.Keys);
    }

    private static async Task<string> ShowAsync(NpgsqlDataSource dataSource)
    {
        await using NpgsqlConnection connection = await dataSource.OpenConnectionAsync();
        return await ShowAsync(connection);
    }

    private static async Task<string> ShowAsync(NpgsqlConnection connection)
    {
        const string sql =
            "SELECT concat_ws(' ', current_setting('synchronous_commit'), current_setting('idle_in_transaction_session_timeout'), "
                + "current_setting('lock_timeout'), "
                + "current_setting('maintenance_work_mem'), current_setting('session_replication_role'), "
                + "current_setting('statement_timeout'))";
        await using var command = new NpgsqlCommand(sql, connection);
        return (string)(await command.ExecuteScalarAsync())!;
    }
}
