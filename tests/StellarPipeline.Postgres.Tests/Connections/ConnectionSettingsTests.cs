using Npgsql;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Postgres.Tests.Connections;

public sealed class ConnectionSettingsTests
{
    [Theory]
    [InlineData("postgres://u:p@h:6432/d", "h", 6432, "d", "u", "p")]
    [InlineData("postgresql://u@h/d", "h", 5432, "d", "u", null)]
    [InlineData("postgresql://h", "h", 5432, null, null, null)]
    [InlineData("postgresql:///d", "localhost", 5432, "d", null, null)]
    [InlineData("postgresql://", "localhost", 5432, null, null, null)]
    [InlineData("postgres://u%40x:p%3A%2F%3F%23%40%25@h/d%20b", "h", 5432, "d b", "u@x", "p:/?#@%")]
    [InlineData("postgres://u:p?q#r@h/d", "h", 5432, "d", "u", "p?q#r")]
    [InlineData("postgres://u:a+b@h/d", "h", 5432, "d", "u", "a+b")]
    [InlineData("postgres://u:p@[::1]:6432/d", "::1", 6432, "d", "u", "p")]
    [InlineData("postgres://u:p@[2001:db8::1]/d", "2001:db8::1", 5432, "d", "u", "p")]
    [InlineData("postgres://u@a:1,b,c:3/d", "a:1,b,c:3", 5432, "d", "u", null)]
    [InlineData("postgres://u@a,[::1]:3/d", "a,[::1]:3", 5432, "d", "u", null)]
    [InlineData("postgres://u@%2Fvar%2Frun%2Fpostgresql:6432/d", "/var/run/postgresql", 6432, "d", "u", null)]
    [InlineData("postgres:///d?host=/tmp&port=6432&user=u&password=p", "/tmp", 6432, "d", "u", "p")]
    [InlineData("postgres://x/?host=a,b&port=1,2&dbname=e", "a:1,b:2", 5432, "e", null, null)]
    [InlineData("postgres://u@h/d?pool_max_conns=10", "h", 5432, "d", "u", null)]
    [InlineData("  postgres://u@h/d  ", "h", 5432, "d", "u", null)]
    [InlineData("Host=h;Port=6432;Database=d;Username=u;Password=p", "h", 6432, "d", "u", "p")]
    [InlineData("host=h port=6432 dbname=d user=u password=p", "h", 6432, "d", "u", "p")]
    [InlineData("host = /run/postgresql dbname = 'd b' user=u password='it\\'s; a \\\\'", "/run/postgresql", 5432, "d b", "u",
        "it's; a \\")]
    [InlineData("host=a,b port=1,2 user=u", "a:1,b:2", 5432, null, "u", null)]
    [InlineData("host=h; port=6432; database=d", "h", 6432, "d", null, null)]
    [InlineData("Server=h;User Id=u;Password=\"p;q=r\"", "h", 5432, null, "u", "p;q=r")]
    [InlineData("Username=u;Password=http://x", "localhost", 5432, null, "u", "http://x")]
    public void Parse_Address_GivesItsParts(string text, string host, int port, string? database, string? user, string? password)
    {
        var settings = ConnectionSettings.Parse(text);

        Assert.Equal((host, port, database, user), (settings.Host, settings.Port, settings.Database, settings.Username));
        Assert.Equal(password, new NpgsqlConnectionStringBuilder(settings.ConnectionString).Password);
    }

    [Fact]
    public void Parse_UrlParameters_AreMapped()
    {
        NpgsqlConnectionStringBuilder settings = Builder(
            "postgres://u@h/d?sslmode=verify-full&sslrootcert=/ca.pem&sslcert=/c.pem&sslkey=/k.pem&application_name=app&connect_timeout=7&"
                + "options=-c%20geqo%3Doff"
            + "&search_path=wallet,public&channel_binding=require&gssencmode=prefer&keepalives_idle=11&keepalives_interval=3&timezone=UTC&"
            + "target_session_attrs=read-write");

        Assert.Equal((SslMode.VerifyFull, "/ca.pem", "/c.pem", "/k.pem"),
            (settings.SslMode, settings.RootCertificate, settings.SslCertificate, settings.SslKey));
        Assert.Equal(("app", 7, "-c geqo=off", "wallet,public"),
            (settings.ApplicationName, settings.Timeout, settings.Options, settings.SearchPath));
        Assert.Equal((ChannelBinding.Require, GssEncryptionMode.Prefer), (settings.ChannelBinding, settings.GssEncryptionMode));
        Assert.Equal((11, 3, "UTC"), (settings.TcpKeepAliveTime, settings.TcpKeepAliveInterval, settings.Timezone));
        // One host: nothing to choose from.
        Assert.Null(settings.TargetSessionAttributes);
    }

    [Theory]
    [InlineData("disable", SslMode.Disable)]
    [InlineData("allow", SslMode.Allow)]
    [InlineData("prefer", SslMode.Prefer)]
    [InlineData("require", SslMode.Require)]
    [InlineData("verify-ca", SslMode.VerifyCA)]
    [InlineData("verify-full", SslMode.VerifyFull)]
    public void Parse_SslMode_TakesLibpqsNames(string name, SslMode expected) =>
        Assert.Equal(expected, Builder($"postgres://u@h/d?sslmode={name}").SslMode);

    [Theory]
    [InlineData("-c search_path=wallet", "wallet", null)]
    [InlineData("-csearch_path=wallet", "wallet", null)]
    [InlineData("--search_path=wallet,public -c geqo=off", "wallet,public", "-c geqo=off")]
    [InlineData("-c geqo=off  -c search_path=wallet,\\ public -c work_mem=4MB", "wallet, public", "-c geqo=off -c work_mem=4MB")]
    [InlineData("-c application_name=a\\ b\\\\c", null, "-c application_name=a\\ b\\\\c")]
    public void Parse_SearchPathInOptions_BecomesASettingOfItsOwn(string options, string? searchPath, string? rest)
    {
        NpgsqlConnectionStringBuilder settings = Builder($"postgres://u@h/d?options={Uri.EscapeDataString(options)}");

        Assert.Equal((searchPath, rest), (settings.SearchPath, settings.Options));
    }

    [Fact]
    public void Parse_NothingElseGiven_FillsInWhatALoadNeeds()
    {
        NpgsqlConnectionStringBuilder settings = Builder("postgres://u:p@h/d");

        Assert.Equal(
            ("pipeline", false, 0, 10), (settings.ApplicationName, settings.Enlist, settings.CommandTimeout, settings.MaxPoolSize));
        Assert.Equal((true, 30, 10), (settings.TcpKeepAlive, settings.TcpKeepAliveTime, settings.TcpKeepAliveInterval));
        Assert.Equal((GssEncryptionMode.Disable, false, 262_144),
            (settings.GssEncryptionMode, settings.IncludeErrorDetail, settings.WriteBufferSize));
        Assert.False(settings.PersistSecurityInfo);
    }

    [Theory]
    [InlineData("Host=/run/postgresql", 4_194_304)]
    [InlineData("Host=@abstract", 4_194_304)]
    [InlineData("Host=/run/postgresql;Socket Send Buffer Size=65536", 65_536)]
    [InlineData("Host=h", 0)]
    [InlineData("Host=h,/run/postgresql", 0)]
    public void Parse_UnixSocket_GetsALargeSendBuffer(string address, int sendBufferBytes) =>
        Assert.Equal(sendBufferBytes, Builder(address).SocketSendBufferSize);

    [Fact]
    public void Parse_ChoicesOfTheAddress_AreKept()
    {
        NpgsqlConnectionStringBuilder settings = Builder(
            "Host=h;Application Name=mine;Command Timeout=9;Maximum Pool Size=3;TCP Keepalive=false;GSS Encryption Mode=Prefer;Write "
                + "Buffer Size=8192;Include Error Detail=true;Enlist=true");

        Assert.Equal(
            ("mine", 9, 3, false), (settings.ApplicationName, settings.CommandTimeout, settings.MaxPoolSize, settings.TcpKeepAlive));
        Assert.Equal((GssEncryptionMode.Prefer, 8192, true, false),
            (settings.GssEncryptionMode, settings.WriteBufferSize, settings.IncludeErrorDetail, settings.Enlist));
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("   ", "is empty")]
    [InlineData("Host=h;Database=;Username=u", "gives Database without a value")]
    [InlineData("Host= ;Database=d", "gives Host without a value")]
    [InlineData("Host=h;Password=\"s3;cret=\";Database=", "gives Database without a value")]
    [InlineData("Host=h;Password=x;s3cret=", "not know")]
    [InlineData("postgres://u@h/", "nothing stands behind /")]
    [InlineData("postgres://@h/d", "nothing stands before @")]
    [InlineData("postgres://u@h/d?sslmode=", "gives sslmode without a value")]
    [InlineData("mysql://u:s3cret@h/d", "postgres://")]
    [InlineData("postgres://u:s3cret%zz@h/d", "two hexadecimal digits")]
    [InlineData("postgres://u:s3cret%4", "two hexadecimal digits", "port")]
    [InlineData("postgres://u:s3cret@x@h/d", "Host number 1")]
    [InlineData("postgres://u:s3/cret@h/d", "port of host number 1")]
    [InlineData("postgres://u@h:s3cret/d", "port of host number 1")]
    [InlineData("postgres://u@a,h:0/d", "port of host number 2")]
    [InlineData("postgres://u@h:65536/d", "port of host number 1")]
    [InlineData("postgres://u@[::1]s3cret/d", "Host number 1")]
    [InlineData("postgres://u@h%20s3cret/d", "Host number 1")]
    [InlineData("postgres://u@h/d?x?s3cret@y", "joined by &")]
    [InlineData("postgres://u@h/d?s3cret", "joined by &")]
    [InlineData("postgres://u@h/d?sslmod=require", "parameter sslmod,", "sslmode")]
    [InlineData("postgres://u@h/d?sslmode=s3cret", "disable, allow, prefer, require, verify-ca, verify-full")]
    [InlineData("postgres://u@h/d?sslmode=1", "verify-ca")]
    [InlineData("postgres://u@h/d?connect_timeout=s3cret", "from 0 to 1024")]
    [InlineData("postgres://u@a,b,c/d?port=1,2", "number of ports is neither 1 nor the number of hosts")]
    [InlineData("s3cret", "neither a postgres:// URL nor a list")]
    [InlineData("Host=h;Password=s3;cret=1", "not know")]
    [InlineData("Host=h;Password=\"s3cret", "neither a postgres:// URL nor a list")]
    [InlineData("Host=h;Port=s3cret", "value of port")]
    [InlineData("Host=h;SSL Mode=s3cret", "value of ssl mode")]
    [InlineData("host=h username=u password=s3cret", "joined by semicolons", "Keyword=Value")]
    [InlineData("host=h user= dbname=s3cret", "gives user without a value")]
    [InlineData("host=h password='s3cret", "neither a postgres:// URL nor a list", "Keyword=Value")]
    [InlineData("Host=h:s3cret", "a port is not a number")]
    [InlineData("Host=a,,b", "one of the hosts is empty")]
    [InlineData("Host=h;SSL Negotiation=Direct;SSL Mode=Disable;Password=s3cret", "contradict each other")]
    public void Parse_BadAddress_SaysWhatToWriteWithoutRepeatingSecrets(string text, string part, string? alternative = null)
    {
        ConnectionSettingsException error = Assert.Throws<ConnectionSettingsException>(() => ConnectionSettings.Parse(text));

        Assert.Equal(FailureKind.Usage, error.Kind);
        Assert.True(
            error.Message.Contains(part, StringComparison.OrdinalIgnoreCase)
                || (alternative is not null && error.Message.Contains(alternative, StringComparison.Ordinal)),
            error.Message);
        Assert.DoesNotContain("s3", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("cret", error.Message.Replace("secret", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Null(error.InnerException);
    }

    [Theory]
    [InlineData("postgres://u:s3cret@h:6432/d", "h:6432/d as u")]
    [InlineData("postgres://u:s3cret@a,b/d", "a,b:5432/d as u")]
    [InlineData("Host=/tmp;Username=u;Password=s3cret", "/tmp:5432/u as u")]
    public void Describe_AnyAddress_HoldsNoSecret(string text, string expected)
    {
        var settings = ConnectionSettings.Parse(text);

        Assert.Equal(expected, settings.Describe());
        Assert.Equal(expected, settings.ToString());
        Assert.Equal(expected.Replace("/d ", "/e ", StringComparison.Ordinal).Replace("/u ", "/e ", StringComparison.Ordinal),
            settings.WithDatabase("e").Describe());
    }

    // A password that is written down but empty is refused.
    private static string Secret(NpgsqlConnectionStringBuilder server) =>
        string.IsNullOrEmpty(server.Password) ? "" : ":" + Uri.EscapeDataString(server.Password);

    [SkippableFact]
    public async Task CreateDataSource_UrlOfARealServer_ConnectsWithItsSettings()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        var server = new NpgsqlConnectionStringBuilder(database.ConnectionString);
        string url =
            $"postgres://"
                + $"{Uri.EscapeDataString(server.Username!)}"
                + $"{Secret(server)}@{Uri.EscapeDataString(server.Host!)}:{server.Port}/{server.Database}"
                + "?search_path=wallet,public&options=-c%20work_mem%3D5MB";

        await using NpgsqlDataSource dataSource = ConnectionSettings.Parse(url).CreateDataSource();
        await using NpgsqlCommand command = dataSource.CreateCommand(
            "SELECT current_setting('search_path') || ' ' || current_setting('work_mem') || ' ' || current_setting('application_name')");

        Assert.Equal("wallet,public 5MB pipeline", await command.ExecuteScalarAsync());
    }

    [SkippableFact]
    public async Task CreateDataSource_SeveralHostsAndAttributes_FindsThePrimary()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        var server = new NpgsqlConnectionStringBuilder(database.ConnectionString);
        Skip.IfNot(server.Host!.StartsWith('/'), "Needs a server on a socket folder.");
        string url =
            $"postgres://"
                + $"{server.Username}{Secret(server)}@/{server.Database}?host=127.0.0.1:1,{server.Host}&target_session_attrs=read-write";

        await using NpgsqlDataSource dataSource = ConnectionSettings.Parse(url).CreateDataSource();
        await using NpgsqlConnection connection = await dataSource.OpenConnectionAsync();

        Assert.Equal(server.Host, connection.Host);
    }

    private static NpgsqlConnectionStringBuilder Builder(string text) => new(ConnectionSettings.Parse(text).ConnectionString);

    [Theory]
    [InlineData("Host=db;Username=u")]
    [InlineData("Host=db;Username=u;Multiplexing=true;Write Coalescing Buffer Threshold Bytes=1000")]
    [InlineData("postgres://u@db/wallet")]
    public void ConnectionString_AnyAddress_NamesNothingThatNpgsql11Refuses(string address)
    {
        string text = ConnectionSettings.Parse(address).ConnectionString;
        Assert.DoesNotContain("Multiplexing", text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Coalescing", text, StringComparison.OrdinalIgnoreCase);
    }
}
