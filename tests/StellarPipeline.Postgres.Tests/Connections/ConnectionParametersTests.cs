using Npgsql;
using StellarPipeline.Postgres.Connections;

namespace StellarPipeline.Postgres.Tests.Connections;

/// <summary>What becomes of each parameter that addresses of other programs carry.</summary>
public sealed class ConnectionParametersTests
{
    // Key words of libpq 18 (PostgreSQL manual, "Parameter Key Words"), the old ones that URLs still carry, and those of pgx and lib/pq.
    public static TheoryData<string, string> Accepted() => new()
    {
        { "host", "h" }, { "hostaddr", "192.0.2.1" }, { "port", "5433" }, { "dbname", "d" }, { "user", "u" }, { "password", "p" },
        { "passfile", "/f" }, { "require_auth", "scram-sha-256" },
        { "require_auth", "!password,!md5,!oauth" }, { "channel_binding", "prefer" }, { "connect_timeout", "10" },
        { "connect_timeout", "-1" }, { "connect_timeout", "99999" }, { "client_encoding", "UTF8" },
        { "client_encoding", "auto" }, { "options", "-c geqo=off" }, { "application_name", "a" }, { "fallback_application_name", "a" },
        { "keepalives", "1" }, { "keepalives", "0" },
        { "keepalives_idle", "60" }, { "keepalives_idle", "-1" }, { "keepalives_interval", "5" }, { "keepalives_count", "3" },
        { "tcp_user_timeout", "1000" }, { "replication", "false" },
        { "replication", "off" }, { "gssencmode", "disable" }, { "sslmode", "require" }, { "ssl", "true" }, { "ssl", "false" },
        { "requiressl", "1" }, { "sslnegotiation", "postgres" },
        { "sslcompression", "0" }, { "sslcompression", "1" }, { "sslcert", "/c" }, { "sslkey", "/k" }, { "sslkeylogfile", "/l" },
        { "sslpassword", "p" }, { "sslcertmode", "allow" },
        { "sslcertmode", "disable" }, { "sslrootcert", "/r" }, { "sslrootcert", "system" }, { "sslcrl", "" }, { "sslcrldir", "" },
        { "sslsni", "1" }, { "sslsni", "0" }, { "requirepeer", "postgres" },
        { "ssl_min_protocol_version", "TLSv1.2" }, { "ssl_max_protocol_version", "TLSv1.3" }, { "min_protocol_version", "3.0" },
        { "max_protocol_version", "latest" }, { "krbsrvname", "postgres" },
        { "gsslib", "gssapi" }, { "gssdelegation", "0" }, { "scram_client_key", "" }, { "scram_server_key", "" },
        { "target_session_attrs", "prefer-standby" }, { "load_balance_hosts", "random" },
        { "oauth_issuer", "" }, { "tty", "" }, { "authtype", "" }, { "default_query_exec_mode", "simple_protocol" },
        { "statement_cache_capacity", "0" }, { "description_cache_capacity", "512" },
        { "pool_max_conns", "4" }, { "pool_health_check_period", "1m" }, { "binary_parameters", "yes" }, { "sslinline", "false" },
        { "search_path", "s" }, { "timezone", "UTC" }, { "TimeZone", "UTC" },
        { "statement_timeout", "5000" }, { "lock_timeout", "5s" }, { "work_mem", "8MB" }, { "my.setting", "x" },
        { "password_encryption", "md5" },
    };

    public static TheoryData<string, string, string> Refused() => new()
    {
        { "sslcrl", "/crl.pem", "revoked" }, { "sslcrldir", "/crl", "revoked" }, { "replication", "database", "replication connection" },
        { "replication", "true", "replication connection" },
        { "sslcertmode", "require", "asked for a certificate" }, { "gssdelegation", "1", "not forwarded" },
        { "min_protocol_version", "3.2", "3.0" }, { "min_protocol_version", "latest", "3.0" },
        { "scram_client_key", "abc", "SCRAM keys" }, { "scram_server_key", "abc", "SCRAM keys" }, { "oauth_issuer", "https://i", "OAuth" },
        { "oauth_client_id", "c", "OAuth" },
        { "oauth_client_secret", "c", "OAuth" }, { "oauth_scope", "c", "OAuth" }, { "require_auth", "oauth", "OAuth" },
        { "require_auth", "nonsense", "manual of libpq" }, { "krbspn", "p/h@R", "krbsrvname" },
        { "sslinline", "true", "files" }, { "target_session_attrs", "nonsense", "prefer-standby" },
        { "load_balance_hosts", "nonsense", "random" }, { "ssl", "maybe", "true" },
        { "ssl_min_protocol_version", "SSLv3", "TLSv1.3" }, { "hostaddr", "not-an-address", "numeric" },
        { "sslmod", "require", "unknown parameter" }, { "sslrootcrt", "/r", "unknown parameter" },
        { "channel_bindings", "require", "unknown parameter" },
        { "target_session_attr", "primary", "unknown parameter" }, { "a b", "c", "unknown parameter" },
        { "gssencmod", "disable", "unknown parameter" }, { "keepalive", "1", "unknown parameter" },
    };

    [Theory]
    [MemberData(nameof(Accepted))]
    public void Parse_ParametersOfLibpqAndPgx_AreTaken(string name, string value) =>
        Assert.NotNull(
            ConnectionSettings.Parse($"postgres://u@h/d?{Uri.EscapeDataString(name)}={Uri.EscapeDataString(value)}").ConnectionString);

    [Theory]
    [MemberData(nameof(Refused))]
    public void Parse_ParametersThatMatterAndAreNotHonoured_AreRefusedWithTheReason(string name, string value, string reason)
    {
        ConnectionSettingsException error = Assert.Throws<ConnectionSettingsException>(
            () => ConnectionSettings.Parse($"postgres://u@h/d?{Uri.EscapeDataString(name)}={Uri.EscapeDataString(value)}"));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        if (name != "a b") Assert.Contains(name, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ssl=true", SslMode.Require)]
    [InlineData("ssl=true&sslmode=verify-full", SslMode.VerifyFull)]
    [InlineData("sslmode=verify-ca&requiressl=1", SslMode.VerifyCA)]
    [InlineData("ssl=false", SslMode.Prefer)]
    [InlineData("sslrootcert=system", SslMode.VerifyFull)]
    [InlineData("sslmode=require&sslrootcert=/r", SslMode.VerifyCA)]
    [InlineData("ssl=true&sslrootcert=/r", SslMode.VerifyCA)]
    [InlineData("requiressl=1&sslrootcert=/r", SslMode.VerifyCA)]
    [InlineData("sslmode=verify-full&sslrootcert=/r", SslMode.VerifyFull)]
    [InlineData("sslmode=disable&sslrootcert=/r", SslMode.Disable)]
    [InlineData("sslmode=require&sslrootcert=/r&host=/run/postgresql", SslMode.Require)]
    public void Parse_WaysToAskForTls_GiveTheMode(string query, SslMode expected) =>
        Assert.Equal(expected, Builder($"postgres://u@h/d?{query}").SslMode);

    [Fact]
    public void Parse_PlatformStoreWithAWeakerMode_IsRefused() =>
        Assert.Contains("verify-full", Assert.Throws<ConnectionSettingsException>(
            () => ConnectionSettings.Parse("postgres://u@h/d?sslrootcert=system&sslmode=require")).Message, StringComparison.Ordinal);

    [Fact]
    public void Parse_PeerOfASocket_IsRefused() =>
        Assert.Contains("requirepeer", Assert.Throws<ConnectionSettingsException>(
            () => ConnectionSettings.Parse("postgres:///d?host=/tmp&requirepeer=postgres")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("postgres://u@h/d?statement_timeout=5000&my.setting=a%20b%5C", "-c statement_timeout=5000 -c my.setting=a\\ b\\\\")]
    [InlineData("postgres://u@h/d?options=-c%20geqo%3Doff&work_mem=8MB", "-c geqo=off -c work_mem=8MB")]
    public void Parse_SettingsOfTheServer_GoAlongAsOptions(string url, string options) => Assert.Equal(options, Builder(url).Options);

    [Fact]
    public void Parse_AddressesOfHosts_AreConnectedTo()
    {
        Assert.Equal("192.0.2.1", Builder("postgres://u@db.example/d?hostaddr=192.0.2.1").Host);
        Assert.Equal("192.0.2.1:1,[2001:db8::1]:2", Builder("postgres://u@a:1,b:2/d?hostaddr=192.0.2.1,2001:db8::1").Host);
        Assert.Equal("192.0.2.1,b", Builder("postgres://u@a,b/d?hostaddr=192.0.2.1,").Host);
        Assert.Throws<ConnectionSettingsException>(() => ConnectionSettings.Parse("postgres://u@a,b/d?hostaddr=192.0.2.1"));
    }

    [Theory]
    [InlineData("postgres://u@h/d?keepalives_interval=5", 30, 5)]
    [InlineData("postgres://u@h/d?keepalives=0&keepalives_idle=9&keepalives_interval=5", 0, 0)]
    [InlineData("postgres:///d?host=/tmp&keepalives=1&keepalives_idle=9&keepalives_interval=5", 0, 0)]
    public void Parse_KeepAlives_AreWhatNpgsqlCanConnectWith(string url, int time, int interval)
    {
        NpgsqlConnectionStringBuilder settings = Builder(url);
        Assert.Equal((time, interval), (settings.TcpKeepAliveTime, settings.TcpKeepAliveInterval));
    }

    [Fact]
    public void Parse_Service_FillsInWhatTheAddressDoesNotSay()
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, "# comment\n[other]\nhost=x\n\n[mine]\nhost=db.example\nport=6432\n"
                + "dbname=wallet\nuser=loader\nsslmode=require\n[last]\nhost=y\n");
            NpgsqlConnectionStringBuilder settings = Builder($"postgres:///?service=mine&servicefile={Uri.EscapeDataString(file)}&user=me");
            Assert.Equal(("db.example", 6432, "wallet", "me", SslMode.Require),
                (settings.Host, settings.Port, settings.Database, settings.Username, settings.SslMode));
            ConnectionSettingsException error = Assert.Throws<ConnectionSettingsException>(
                () => ConnectionSettings.Parse($"postgres:///?service=none&servicefile={Uri.EscapeDataString(file)}"));
            Assert.Contains("[none]", error.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static NpgsqlConnectionStringBuilder Builder(string text) => new(ConnectionSettings.Parse(text).ConnectionString);
}
