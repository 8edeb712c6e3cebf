using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Embedded;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Postgres.Tests.Embedded;

public sealed class EmbeddedServerTests : IAsyncLifetime
{
    // Below /tmp, so that the server's user can reach it when the tests run as root.
    private readonly string folder = Path.Combine("/tmp", "pipeline-test-" + Guid.NewGuid().ToString("n")[..12]);

    public Task InitializeAsync()
    {
        Directory.CreateDirectory(folder);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await RunDirectory.RemoveTreeAsync(folder);

    [SkippableFact]
    public async Task Start_TemporaryServer_AnswersAndLeavesNeitherProcessNorFolder()
    {
        EmbeddedServer server = await PostgresFixture.StartPrivateServerAsync();
        Assert.Equal(1, await QueryAsync<int>(server.ConnectionString, "SELECT 1"));
        Assert.True(server.Version.Major >= ServerBinaries.MinMajorVersion);
        Assert.True(server.IsTemporary);
        Assert.True(Directory.Exists(server.DataDirectory));

        await server.DisposeAsync();

        Assert.False(Processes.IsAlive(server.ProcessId));
        Assert.False(Directory.Exists(server.SocketDirectory));
        Assert.False(Directory.Exists(server.DataDirectory));
    }

    [SkippableFact]
    public async Task Start_Always_ListensOnThePrivateSocketOnly()
    {
        await using EmbeddedServer server = await PostgresFixture.StartPrivateServerAsync();
        Assert.Equal("", await QueryAsync<string>(server.ConnectionString, "SHOW listen_addresses"));
        Assert.Equal(server.SocketDirectory, await QueryAsync<string>(server.ConnectionString, "SHOW unix_socket_directories"));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(server.SocketDirectory!));
        }

        Assert.Equal("local", await QueryAsync<string>(server.ConnectionString, "SELECT string_agg(type, ',') FROM pg_hba_file_rules"));
    }

    [SkippableFact]
    public async Task Start_Always_IsNeverRunByRoot()
    {
        await using EmbeddedServer server = await PostgresFixture.StartPrivateServerAsync();
        string[] status = await File.ReadAllLinesAsync(string.Create(CultureInfo.InvariantCulture, $"/proc/{server.ProcessId}/status"));
        string userId = status.Single(line => line.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t')[1];
        Assert.NotEqual("0", userId);
        if (Environment.IsPrivilegedProcess)
            Assert.Contains(server.Account, new[] { "postgres", "nobody" });
        else
            Assert.Equal(Environment.UserName, server.Account);
    }

    [SkippableFact]
    public async Task Start_Always_AppliesTheLoadSettings()
    {
        EmbeddedServerOptions options = PostgresFixture.SmallOptions with
        {
            CheckpointTimeout = TimeSpan.FromMinutes(30),
            Settings = new Dictionary<string, string> { ["application_name"] = "it's a \\ test", ["work_mem"] = "6MB" },
        };
        await using EmbeddedServer server = await PostgresFixture.StartPrivateServerAsync(options);
        var expected = new Dictionary<string, string>
        {
            ["shared_buffers"] = "64MB", ["maintenance_work_mem"] = "64MB", ["max_wal_size"] = "1GB", ["checkpoint_timeout"] = "30min",
            ["wal_level"] = "minimal",
            ["max_wal_senders"] = "0", ["fsync"] = "off", ["full_page_writes"] = "off", ["synchronous_commit"] = "off",
            ["max_connections"] = "200",
            ["work_mem"] = "6MB",
            ["TimeZone"] = "UTC", ["server_encoding"] = "UTF8", ["lc_collate"] = "C",
        };
        await using var source = NpgsqlDataSource.Create(server.ConnectionString);
        foreach ((string? name, string? value) in expected)
        {
            await using NpgsqlCommand command = source.CreateCommand(
                name == "lc_collate" ? "SELECT datcollate FROM pg_database WHERE datname = current_database()" : $"SHOW {name}");
            Assert.Equal($"{name} = {value}", $"{name} = {await command.ExecuteScalarAsync()}");
        }

        Assert.Equal("it's a \\ test",
            await QueryAsync<string>(server.ConnectionString, "SELECT reset_val FROM pg_settings WHERE name = 'application_name'"));
    }

    [SkippableFact]
    public async Task Start_GivenDataDirectory_IsDurableAndKeepsRowsForTheNextServer()
    {
        string data = Path.Combine(folder, "deeper", "data");
        EmbeddedServerOptions options = PostgresFixture.SmallOptions with { DataDirectory = data, Database = "my \"wallet\"" };
        await using (EmbeddedServer first = await PostgresFixture.StartPrivateServerAsync(options))
        {
            Assert.Equal(data, first.DataDirectory);
            Assert.Equal("on", await QueryAsync<string>(first.ConnectionString, "SHOW fsync"));
            Assert.Equal("my \"wallet\"", await QueryAsync<string>(first.ConnectionString, "SELECT current_database()::text"));
            await ExecuteAsync(first.ConnectionString, "CREATE TABLE kept AS SELECT 42 AS answer");
        }

        Assert.True(File.Exists(Path.Combine(data, "PG_VERSION")));
        Assert.False(File.Exists(Path.Combine(data, "postmaster.pid")));
        await using EmbeddedServer second = await PostgresFixture.StartPrivateServerAsync(options);
        Assert.Equal(42, await QueryAsync<int>(second.ConnectionString, "SELECT answer FROM kept"));
    }

    [SkippableFact]
    public async Task Start_TwoServersAtOnce_AreSeparate()
    {
        EmbeddedServer[] both = await Task.WhenAll(PostgresFixture.StartPrivateServerAsync(), PostgresFixture.StartPrivateServerAsync());
        await using EmbeddedServer first = both[0];
        await using EmbeddedServer second = both[1];
        Assert.NotEqual(first.SocketDirectory, second.SocketDirectory);
        await ExecuteAsync(first.ConnectionString, "CREATE TABLE here (id int)");
        Assert.Equal("here", await QueryAsync<string>(first.ConnectionString, "SELECT to_regclass('here')::text"));
        Assert.Null(await QueryAsync<string>(second.ConnectionString, "SELECT to_regclass('here')::text"));
    }

    [SkippableFact]
    public async Task Start_AfterTheServerWasKilled_RecoversCommittedRows()
    {
        EmbeddedServerOptions options = PostgresFixture.SmallOptions with { DataDirectory = Path.Combine(folder, "data") };
        await using (EmbeddedServer first = await PostgresFixture.StartPrivateServerAsync(options))
        {
            await ExecuteAsync(first.ConnectionString, "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS id");
            PostgresFixture.Kill(first);
            first.Abandon(guardToo: false);
        }

        Assert.True(File.Exists(Path.Combine(options.DataDirectory, "postmaster.pid")));
        await using EmbeddedServer second = await PostgresFixture.StartPrivateServerAsync(options);
        Assert.Equal(1000, await QueryAsync<long>(second.ConnectionString, "SELECT count(*) FROM kept"));
    }

    [SkippableFact]
    public async Task Start_ProcessIdFileNamesAnotherProgram_StartsAnyway()
    {
        EmbeddedServerOptions options = PostgresFixture.SmallOptions with { DataDirectory = Path.Combine(folder, "data") };
        await using (await PostgresFixture.StartPrivateServerAsync(options))
        {
        }

        // A process of the server's own user, as in a container where the few ids come round again.
        ServerAccount account = await ServerAccount.ChooseAsync(options.DataDirectory, CancellationToken.None);
        using Process other = CommandRunner.Start(account.Command("/bin/sh", "-c", "read -r line"));
        await File.WriteAllTextAsync(Path.Combine(options.DataDirectory, "postmaster.pid"),
            string.Create(CultureInfo.InvariantCulture, $"{other.Id}\n{options.DataDirectory}\n1\n5432\n/tmp\n\n  1234 5678\nready\n"));

        await using EmbeddedServer server = await PostgresFixture.StartPrivateServerAsync(options);
        Assert.NotEqual(other.Id, server.ProcessId);
        Assert.Equal(1, await QueryAsync<int>(server.ConnectionString, "SELECT 1"));
        other.StandardInput.Close();
        await other.WaitForExitAsync();
    }

    [SkippableFact]
    public async Task Start_ServerOfADeadRunStillRuns_StopsItAndTakesOver()
    {
        EmbeddedServerOptions options = PostgresFixture.SmallOptions with { DataDirectory = Path.Combine(folder, "data") };
        EmbeddedServer first = await PostgresFixture.StartPrivateServerAsync(options);
        await ExecuteAsync(first.ConnectionString, "CREATE TABLE kept AS SELECT 7 AS id");
        first.Abandon(guardToo: false);
        Assert.True(Processes.IsAlive(first.ProcessId));

        await using EmbeddedServer second = await PostgresFixture.StartPrivateServerAsync(options);
        Assert.False(Processes.IsAlive(first.ProcessId));
        Assert.Equal(7, await QueryAsync<int>(second.ConnectionString, "SELECT id FROM kept"));
    }

    [SkippableFact]
    public async Task Start_TemporaryServerOfADeadRun_IsSweptByTheNextStart()
    {
        EmbeddedServerOptions options = PostgresFixture.SmallOptions with { TemporaryRoot = folder };
        EmbeddedServer first = await PostgresFixture.StartPrivateServerAsync(options);
        first.Abandon(guardToo: false);
        Assert.True(Processes.IsAlive(first.ProcessId));
        Assert.True(Directory.Exists(first.DataDirectory));

        await using EmbeddedServer second = await PostgresFixture.StartPrivateServerAsync(options);
        Assert.False(Processes.IsAlive(first.ProcessId));
        Assert.Equal([second.SocketDirectory!], Directory.GetDirectories(folder));
    }

    [SkippableFact]
    public async Task Abandon_TemporaryServer_IsStoppedAndRemovedByItsGuard()
    {
        EmbeddedServer server = await PostgresFixture.StartPrivateServerAsync();
        server.Abandon(guardToo: true);
        await EventuallyAsync(
            () => !Processes.IsAlive(server.ProcessId) && !Directory.Exists(server.SocketDirectory), "the guard removes the server");
        Assert.False(Directory.Exists(server.DataDirectory));
    }

    [SkippableFact]
    public async Task Abandon_GivenDataDirectory_IsShutDownCleanlyByItsGuard()
    {
        EmbeddedServerOptions options = PostgresFixture.SmallOptions with { DataDirectory = Path.Combine(folder, "data") };
        EmbeddedServer server = await PostgresFixture.StartPrivateServerAsync(options);
        server.Abandon(guardToo: true);
        await EventuallyAsync(() => !Processes.IsAlive(server.ProcessId), "the guard stops the server");
        Assert.False(File.Exists(Path.Combine(options.DataDirectory, "postmaster.pid")));
        Assert.True(File.Exists(Path.Combine(options.DataDirectory, "PG_VERSION")));
    }

    [SkippableFact]
    public async Task Start_DataDirectoryOfALivingServer_SaysWhoUsesIt()
    {
        EmbeddedServerOptions options = PostgresFixture.SmallOptions with { DataDirectory = Path.Combine(folder, "data") };
        await using EmbeddedServer first = await PostgresFixture.StartPrivateServerAsync(options);
        EmbeddedServerException error =
            await Assert.ThrowsAsync<EmbeddedServerException>(() => PostgresFixture.StartPrivateServerAsync(options));
        Assert.Equal(FailureKind.Usage, error.Kind);
        Assert.Contains($"The data directory {options.DataDirectory} is in use by another run", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, await QueryAsync<int>(first.ConnectionString, "SELECT 1"));
    }

    [SkippableFact]
    public async Task Start_ServerStartedByHand_IsNotTouched()
    {
        string data = Path.Combine(folder, "data");
        EmbeddedServerOptions options = PostgresFixture.SmallOptions with { DataDirectory = data };
        await using (await PostgresFixture.StartPrivateServerAsync(options))
        {
        }

        ServerBinaries binaries = await ServerBinaries.FindAsync(null, CancellationToken.None);
        ServerAccount account = await ServerAccount.ChooseAsync(data, CancellationToken.None);
        string[] start = account.Command(binaries.Program("pg_ctl"), "start", "-D", data, "-w", "-l", Path.Combine(data, "log"), "-o",
            $"-c listen_addresses= -c unix_socket_directories={data}");
        Assert.Equal(0, (await CommandRunner.RunAsync(start, TimeSpan.FromSeconds(60), CancellationToken.None)).ExitCode);
        EmbeddedServerException error =
            await Assert.ThrowsAsync<EmbeddedServerException>(() => PostgresFixture.StartPrivateServerAsync(options));
        Assert.Contains("that this program did not start", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, (await CommandRunner.RunAsync(
            account.Command(binaries.Program("pg_ctl"), "stop", "-D", data, "-m", "fast", "-w"), TimeSpan.FromSeconds(60),
            CancellationToken.None)).ExitCode);
    }

    [SkippableFact]
    public async Task Start_FolderThatHoldsSomethingElse_RefusesAndTouchesNothing()
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "holiday.txt"), "photos");
        EmbeddedServerException error = await Assert.ThrowsAsync<EmbeddedServerException>(
            () => PostgresFixture.StartPrivateServerAsync(PostgresFixture.SmallOptions with { DataDirectory = folder }));
        Assert.Equal(FailureKind.Usage, error.Kind);
        Assert.Contains("is not empty and contains no PostgreSQL cluster", error.Message, StringComparison.Ordinal);
        Assert.Equal([Path.Combine(folder, "holiday.txt")], Directory.GetFileSystemEntries(folder));
    }

    [SkippableFact]
    public async Task Start_ClusterOfAnotherVersion_NamesBothVersions()
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "PG_VERSION"), "9\n");
        EmbeddedServerException error = await Assert.ThrowsAsync<EmbeddedServerException>(
            () => PostgresFixture.StartPrivateServerAsync(PostgresFixture.SmallOptions with { DataDirectory = folder }));
        Assert.Contains("was created by PostgreSQL 9, but the programs in", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Start_DataDirectoryBelowAFile_SaysWhy()
    {
        string file = Path.Combine(folder, "file");
        await File.WriteAllTextAsync(file, "");
        EmbeddedServerException error = await Assert.ThrowsAsync<EmbeddedServerException>(
            () =>
                PostgresFixture.StartPrivateServerAsync(PostgresFixture.SmallOptions with { DataDirectory = Path.Combine(file, "data") }));
        Assert.Equal(FailureKind.Usage, error.Kind);
        Assert.Contains("cannot be used by the operating system user", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Start_SettingThatTheServerRefuses_QuotesTheLogAndLeavesNothing()
    {
        EmbeddedServerOptions options = PostgresFixture.SmallOptions with
        {
            TemporaryRoot = folder,
            Settings = new Dictionary<string, string> { ["shared_buffers"] = "much" },
        };
        EmbeddedServerException error =
            await Assert.ThrowsAsync<EmbeddedServerException>(() => PostgresFixture.StartPrivateServerAsync(options));
        Assert.Equal(FailureKind.Database, error.Kind);
        Assert.Contains("did not start", error.Message, StringComparison.Ordinal);
        Assert.Contains("invalid value for parameter \"shared_buffers\"", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder));
    }

    [SkippableFact]
    public async Task Start_Cancelled_LeavesNothing()
    {
        using var cancellation = new CancellationTokenSource();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => EmbeddedServer.StartAsync(
                PostgresFixture.SmallOptions with { TemporaryRoot = folder }, NullLogger.Instance, cancellation.Token));
        Assert.Empty(Directory.GetFileSystemEntries(folder));
    }

    [SkippableFact]
    public async Task Start_LoopbackTcp_NeedsTheGeneratedPassword()
    {
        await using EmbeddedServer server =
            await PostgresFixture.StartPrivateServerAsync(PostgresFixture.SmallOptions with { Transport = EmbeddedTransport.LoopbackTcp });
        Assert.Null(server.SocketDirectory);
        Assert.Equal("127.0.0.1", await QueryAsync<string>(server.ConnectionString, "SHOW listen_addresses"));
        Assert.Equal("scram-sha-256",
            await QueryAsync<string>(server.ConnectionString, "SELECT string_agg(auth_method, ',') FROM pg_hba_file_rules"));
        var builder = new NpgsqlConnectionStringBuilder(server.ConnectionString);
        Assert.DoesNotContain(builder.Password!, server.PsqlCommandLine, StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
        {
            string passwordFile = server.PsqlCommandLine.Split(' ')[0]["PGPASSFILE=".Length..];
            foreach (string? path in new[] { passwordFile, Path.Combine(server.DataDirectory, ServerConfiguration.PasswordFileName) })
                Assert.Equal((path, UnixFileMode.UserRead | UnixFileMode.UserWrite), (path, File.GetUnixFileMode(path)));
        }

        builder.Password = "wrong";
        PostgresException error = await Assert.ThrowsAsync<PostgresException>(() => QueryAsync<int>(builder.ConnectionString, "SELECT 1"));
        Assert.Equal(PostgresErrorCodes.InvalidPassword, error.SqlState);
    }

    [SkippableFact]
    public async Task Start_LoopbackTcpOnAForeignCluster_AsksForASocket()
    {
        EmbeddedServerOptions options =
            PostgresFixture.SmallOptions with { DataDirectory = Path.Combine(folder, "data"), Transport = EmbeddedTransport.LoopbackTcp };
        await using (await PostgresFixture.StartPrivateServerAsync(options))
        {
        }

        File.Delete(Path.Combine(options.DataDirectory, ServerConfiguration.PasswordFileName));
        EmbeddedServerException error =
            await Assert.ThrowsAsync<EmbeddedServerException>(() => PostgresFixture.StartPrivateServerAsync(options));
        Assert.Contains("with the password that a TCP connection needs", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task PsqlCommandLine_Run_ShowsRows()
    {
        await using EmbeddedServer server = await PostgresFixture.StartPrivateServerAsync();
        CommandResult result = await CommandRunner.RunAsync(
            ["/bin/sh", "-c", server.PsqlCommandLine + " -X -At -c 'SELECT 40 + 2'"], TimeSpan.FromSeconds(60), CancellationToken.None);
        Assert.Equal("42\n", result.Output);
    }

    [SkippableFact]
    public async Task Start_TemporaryRootWithALongPath_SaysHowLongItMayBe()
    {
        string root = Path.Combine(folder, new string('a', 90));
        Directory.CreateDirectory(root);
        EmbeddedServerOptions options =
            PostgresFixture.SmallOptions with { TemporaryRoot = root, Transport = EmbeddedTransport.UnixSocket };
        EmbeddedServerException error =
            await Assert.ThrowsAsync<EmbeddedServerException>(() => PostgresFixture.StartPrivateServerAsync(options));
        Assert.Contains($"the system allows {RunDirectory.MaxSocketPathBytes}", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Start_AsRootInAFolderThatOnlyRootMayEnter_SaysWhoCannotEnter()
    {
        Skip.IfNot(Environment.IsPrivilegedProcess, "Only root starts the server as another user.");
        string root = Path.Combine(folder, "private");
        RunDirectory.CreatePrivate(root);
        EmbeddedServerException error = await Assert.ThrowsAsync<EmbeddedServerException>(
            () => PostgresFixture.StartPrivateServerAsync(PostgresFixture.SmallOptions with { TemporaryRoot = root }));
        Assert.Contains("cannot be entered by the operating system user", error.Message, StringComparison.Ordinal);
        error = await Assert.ThrowsAsync<EmbeddedServerException>(
            () =>
                PostgresFixture.StartPrivateServerAsync(PostgresFixture.SmallOptions with { DataDirectory = Path.Combine(root, "data") }));
        Assert.Contains("cannot be entered by the operating system user", error.Message, StringComparison.Ordinal);
    }

    private static async Task EventuallyAsync(Func<bool> condition, string what)
    {
        long started = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(60), $"Within a minute {what}.");
            await Task.Delay(20);
        }
    }

    private static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using NpgsqlCommand command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<T?> QueryAsync<T>(string connectionString, string sql)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using NpgsqlCommand command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync() is T value ? value : default;
    }
}
