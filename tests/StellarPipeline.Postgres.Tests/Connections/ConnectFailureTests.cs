using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Npgsql;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.Postgres.Embedded;
using StellarPipeline.Postgres.Migrations;
using StellarPipeline.Postgres.Transactions;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Postgres.Tests.Connections;

/// <summary>Why no connection came about: in the same words wherever one is opened.</summary>
public sealed class ConnectFailureTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pipeline-tls-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("verify-full", "stranger", "db.example", "No authority of", "stranger.pem (Stranger)", "signed by Good", "sslrootcert")]
    [InlineData("verify-ca", "stranger", "localhost", "No authority of", "stranger.pem (Stranger)", "signed by Good", "sslrootcert")]
    [InlineData("verify-full", "good", "db.example", "a certificate for db.example", "not for localhost", "verify-full",
        "by a name of the certificate")]
    [InlineData("verify-full", "system", "localhost", "the platform's store", "signed by Good", "localhost", "sslrootcert")]
    public async Task OpenAsync_CertificateThatDoesNotPass_IsNamedWithTheCheckThatFailed(
        string mode, string roots, string name, params string[] parts)
    {
        await using var server = TlsServer.Start(folder, name);
        string file = roots == "system" ? roots : Uri.EscapeDataString(Path.Combine(folder, roots + ".pem"));
        await AssertBothSayAsync(
            $"postgres://u:p@localhost:{server.Port}/d?sslmode={mode}&sslrootcert={file}&connect_timeout=30", FailureKind.Database, parts);
    }

    [Fact]
    public async Task OpenAsync_CertificateOfTheAddressName_PassesTheCheckOfTheName()
    {
        await using var server = TlsServer.Start(folder, "db.example");
        string file = Uri.EscapeDataString(Path.Combine(folder, "good.pem"));
        await using NpgsqlDataSource source = ConnectionSettings.Parse(
            $"postgres://u:p@db.example:{server.Port}/d?hostaddr=127.0.0.1&sslmode=verify-full&sslrootcert={file}").CreateDataSource();
        DatabaseException error = await Assert.ThrowsAsync<DatabaseException>(() => SessionStart.OpenAsync(source));
        Assert.DoesNotContain("certificate", error.Message, StringComparison.Ordinal);
        Assert.Contains("closed the connection", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, server.Handshakes);
    }

    [Theory]
    [InlineData("sslmode=verify-full&sslrootcert=/nowhere/ca.pem", "/nowhere/ca.pem", "sslrootcert")]
    [InlineData("sslmode=require&sslcert=/nowhere/c.pem", "/nowhere/c.pem", "sslcert")]
    [InlineData("sslkey=/nowhere/k.pem", "/nowhere/k.pem", "sslkey")]
    public async Task ConnectAsync_FileIsMissing_IsNamedBeforeAnythingIsSent(string query, string file, string parameter)
    {
        ConnectionSettingsException error = await Assert.ThrowsAsync<ConnectionSettingsException>(
            () => ConnectionSettings.Parse($"postgres://u:p@127.0.0.1:1/d?{query}").ConnectAsync());
        Assert.Contains(file, error.Message, StringComparison.Ordinal);
        Assert.Contains(parameter, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("require")]
    [InlineData("prefer")]
    [InlineData("verify-ca")]
    [InlineData("verify-full")]
    public async Task ConnectAsync_FileHoldsNoCertificate_SaysSoBeforeAnythingIsSent(string mode)
    {
        string file = Path.Combine(folder, "own.key");
        using (var key = RSA.Create(2048)) await File.WriteAllTextAsync(file, key.ExportPkcs8PrivateKeyPem());

        ConnectionSettingsException error = await Assert.ThrowsAsync<ConnectionSettingsException>(
            () => ConnectionSettings.Parse($"postgres://u:p@127.0.0.1:1/d?sslmode={mode}&sslrootcert={Uri.EscapeDataString(file)}")
                .ConnectAsync());

        Assert.Equal(FailureKind.Usage, error.Kind);
        Assert.Contains(
            $"{file}, which sslrootcert of the database address names, contains no certificate", error.Message, StringComparison.Ordinal);
    }

    // What libpq does wherever there is a file of authorities, whatever the mode.
    [Theory]
    [InlineData("postgres://u:p@localhost:{1}/d?sslmode=require&sslrootcert={0}")]
    [InlineData("postgres://u:p@localhost:{1}/d?ssl=true&sslrootcert={0}")]
    [InlineData("postgres://u:p@localhost:{1}/d?requiressl=1&sslrootcert={0}")]
    [InlineData("postgres://u:p@localhost:{1}/d?sslmode=prefer&sslrootcert={0}")]
    [InlineData("postgres://u:p@localhost:{1}/d?sslrootcert={0}")]
    [InlineData("Host=localhost;Port={1};Username=u;Password=p;SSL Mode=Require;Root Certificate={0}")]
    [InlineData("Host=localhost;Port={1};Username=u;Password=p;Root Certificate={0}")]
    public async Task OpenAsync_AuthorityNamedInAnyMode_MustHaveSigned(string form)
    {
        await using var server = TlsServer.Start(folder, "db.example");
        string address =
            string.Format(System.Globalization.CultureInfo.InvariantCulture, form, Path.Combine(folder, "stranger.pem"), server.Port);
        await AssertBothSayAsync(address, FailureKind.Database, "No authority of", "stranger.pem (Stranger)");

        // The name is not asked for: that is verify-full.
        int before = server.Handshakes;
        string good = address.Replace("stranger.pem", "good.pem", StringComparison.Ordinal);
        await AssertBothSayAsync(good, FailureKind.Database, "closed the connection");
        Assert.True(server.Handshakes > before);
    }

    [Theory]
    [InlineData("prefer")]
    [InlineData("require")]
    public async Task ConnectAsync_NamedAuthorityIsMissing_IsNamedInAnyMode(string mode)
    {
        ConnectionSettingsException error = await Assert.ThrowsAsync<ConnectionSettingsException>(
            () => ConnectionSettings.Parse($"postgres://u:p@127.0.0.1:1/d?sslmode={mode}&sslrootcert=/nowhere/ca.pem").ConnectAsync());
        Assert.Contains("/nowhere/ca.pem", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("postgres://u:p@no-such-host.invalid/d?connect_timeout=20", "no-such-host.invalid", "DNS")]
    [InlineData("postgres://u:p@127.0.0.1:1/d", "Nothing listens on port 1 of 127.0.0.1", "listen_addresses")]
    [InlineData("postgres://u:p@localhost:1/d", "Nothing listens on port 1 of localhost", "Tried: ", "127.0.0.1 (localhost)")]
    [InlineData("postgres:///d?host=/nowhere", "socket", "/nowhere", "folder")]
    public Task OpenAsync_NoServer_SaysWhereAndWhatToDo(string url, params string[] parts) =>
        AssertBothSayAsync(url, FailureKind.Database, parts);

    [Fact]
    public async Task OpenAsync_PlainTextServer_IsNotTakenForABrokenHandshake()
    {
        await using var server = TlsServer.Start(folder, null);
        await AssertBothSayAsync(
            $"postgres://u:p@127.0.0.1:{server.Port}/d?sslmode=require", FailureKind.Database, "does not speak TLS", "sslmode");
    }

    [SkippableTheory]
    [InlineData("database", "3D000", "createdb")]
    [InlineData("password", "28P01", "password")]
    [InlineData("role", "28", "user")]
    public async Task OpenAsync_ServerRefusesTheLogIn_SaysWhyAndWhatToDo(string wrong, params string[] parts)
    {
        await using EmbeddedServer server =
            await PostgresFixture.StartPrivateServerAsync(PostgresFixture.SmallOptions with { Transport = EmbeddedTransport.LoopbackTcp });
        var settings = new NpgsqlConnectionStringBuilder(server.ConnectionString);
        if (wrong == "database") settings.Database = "no_such_database";
        if (wrong == "password") settings.Password = "conspicuous";
        if (wrong == "role") settings.Username = "no_such_role";
        await AssertBothSayAsync(settings.ConnectionString, FailureKind.Database, parts);
    }

    private static async Task AssertBothSayAsync(string address, FailureKind kind, params string[] parts)
    {
        var settings = ConnectionSettings.Parse(address);
        PipelineException probing = await Assert.ThrowsAnyAsync<PipelineException>(() => settings.ConnectAsync());
        await using NpgsqlDataSource source = settings.CreateDataSource();
        PipelineException loading = await Assert.ThrowsAnyAsync<PipelineException>(() => LoadTransaction.OpenAsync(source));
        var runner =
            new MigrationRunner(source, [], new MigrationRunnerOptions(), Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        PipelineException migrating = await Assert.ThrowsAnyAsync<PipelineException>(() => runner.StatusAsync());
        foreach (PipelineException error in new[] { probing, loading, migrating })
        {
            Assert.Equal(kind, error.Kind);
            foreach (string part in parts) Assert.Contains(part, error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("conspicuous", error.Message, StringComparison.Ordinal);
        }
    }

    /// <summary>Answers the greeting of a client, shakes hands, and hangs up.</summary>
    private sealed class TlsServer : IAsyncDisposable
    {
        private readonly TcpListener listener = new(IPAddress.Loopback, 0);
        private readonly CancellationTokenSource stop = new();
        private readonly X509Certificate2? certificate;
        private readonly Task serving;
        private int handshakes;

        private TlsServer(X509Certificate2? certificate)
        {
            this.certificate = certificate;
            listener.Start();
            serving = ServeAsync();
        }

        public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

        public int Handshakes => handshakes;

        /// <summary>
        /// Makes two authorities, good.pem and stranger.pem, and a server whose certificate the good one has signed; without a name, one
        /// that speaks no TLS.
        /// </summary>
        public static TlsServer Start(string folder, string? name)
        {
            if (name is null) return new TlsServer(null);
            using var key = RSA.Create(2048);
            using X509Certificate2 good = Authority("Good");
            using X509Certificate2 stranger = Authority("Stranger");
            File.WriteAllText(Path.Combine(folder, "good.pem"), good.ExportCertificatePem());
            File.WriteAllText(Path.Combine(folder, "stranger.pem"), stranger.ExportCertificatePem());
            var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName(name);
            request.CertificateExtensions.Add(names.Build());
            using X509Certificate2 signed = request.Create(good, good.NotBefore, good.NotAfter, [1, 2, 3]);
            using X509Certificate2 own = signed.CopyWithPrivateKey(key);
            return new TlsServer(X509CertificateLoader.LoadPkcs12(own.Export(X509ContentType.Pfx), null));
        }

        public async ValueTask DisposeAsync()
        {
            await stop.CancelAsync();
            listener.Stop();
            await serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            certificate?.Dispose();
            stop.Dispose();
        }

        private static X509Certificate2 Authority(string name)
        {
            var key = RSA.Create(2048);
            var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
            return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
        }

        private async Task ServeAsync()
        {
            while (!stop.IsCancellationRequested)
            {
                using TcpClient client = await listener.AcceptTcpClientAsync(stop.Token);
                try
                {
                    NetworkStream stream = client.GetStream();
                    await stream.ReadExactlyAsync(new byte[8], stop.Token);
                    await stream.WriteAsync(new[] { (byte)(certificate is null ? 'N' : 'S') }, stop.Token);
                    if (certificate is null) continue;
                    await using var tls = new SslStream(stream);
                    await tls.AuthenticateAsServerAsync(certificate);
                    Interlocked.Increment(ref handshakes);
                    await tls.ReadAtLeastAsync(new byte[1], 1, throwOnEndOfStream: false, stop.Token);
                }
                catch (Exception error) when (error is IOException or System.Security.Authentication.AuthenticationException)
                {
                    // The client has seen enough.
                }
            }
        }
    }
}
