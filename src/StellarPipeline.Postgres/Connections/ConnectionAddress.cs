using System.Globalization;
using System.Security.Authentication;
using System.Text;
using Npgsql;

namespace StellarPipeline.Postgres.Connections;

/// <summary>
/// An address while it is parsed: hosts, addresses and ports can come from several places, and some parameters depend on each other.
/// </summary>
internal sealed class ConnectionAddress
{
    public NpgsqlConnectionStringBuilder Settings { get; } = [];

    public string? HostList { get; set; }

    public string? AddressList { get; set; }

    public string? PortList { get; set; }

    public string? Service { get; set; }

    public string? ServiceFile { get; set; }

    public bool? KeepsAlive { get; set; }

    public bool RequiresSsl { get; set; }

    public bool HidesCertificate { get; set; }

    public SslProtocols MinProtocol { get; set; }

    public SslProtocols MaxProtocol { get; set; }

    public string? RequiredPeer { get; set; }

    /// <summary>Server settings, in the form of libpq's options.</summary>
    public StringBuilder ServerSettings { get; } = new();

    /// <summary>
    /// Adds values that the address does not give: from its service or PGSERVICE, then from libpq's other environment variables.
    /// </summary>
    /// <param name="given">Names of the parameters that the address gives.</param>
    public void TakeDefaults(HashSet<string> given)
    {
        bool isHostGiven = given.Contains("host") || given.Contains("hostaddr");
        if ((Service is { Length: > 0 } named ? named : isHostGiven ? null : LibpqEnvironment.Value("PGSERVICE")) is { } service)
        {
            // Values of the address take precedence over those of the service.
            foreach ((string name, string value) in Connections.ServiceFile.Read(service, ServiceFile))
            {
                if (name is "service" or "servicefile" || given.Contains(name))
                    continue;
                ConnectionParameters.Set(this, name, value);
                given.Add(name);
            }
        }

        isHostGiven = given.Contains("host") || given.Contains("hostaddr");
        foreach ((_, string parameter, string value) in LibpqEnvironment.Given())
        {
            // If the address names a host, PGHOST and PGHOSTADDR may mean another one and are ignored.
            if (!given.Contains(parameter) && !(isHostGiven && (parameter is "host" or "hostaddr")))
                ConnectionParameters.Set(this, parameter, value);
        }
    }

    /// <summary>Combines the parameters that depend on each other.</summary>
    /// <param name="authority">The hosts before the query of the URL. Hosts in the query take precedence, as in libpq.</param>
    /// <returns>The settings that Npgsql's connection string cannot express.</returns>
    public TransportSettings Finish(string authority)
    {
        List<(string Host, int? Port)> hosts =
            HostList is null ? ConnectionUrl.ReadHosts(authority) : [.. HostList.Split(',').Select(host => (host, (int?)null))];
        Dictionary<string, string> names = TakeAddresses(hosts, isHostGiven: HostList is not null || authority.Length > 0);
        SetHosts(hosts);
        if (ServerSettings.Length > 0)
            Settings.Options = string.IsNullOrEmpty(Settings.Options) ? ServerSettings.ToString() : $"{Settings.Options} {ServerSettings}";
        if (RequiresSsl && !ConnectionSettings.IsGiven(Settings, "SSL Mode"))
            Settings.SslMode = SslMode.Require;
        if (HidesCertificate)
            Settings.SslCertificate = Settings.SslKey = null;
        if (KeepsAlive is { } keeps)
        {
            Settings.TcpKeepAlive = keeps;
            if (!keeps)
                Settings.TcpKeepAliveTime = Settings.TcpKeepAliveInterval = 0;
        }

        if (RequiredPeer is { Length: > 0 } && hosts.Any(host => ConnectionSettings.IsUnixSocket(host.Host)))
        {
            DatabaseThrow.AddressParameterRefused(
                "requirepeer",
                "the user who runs the server of a socket is not checked here. Leave it out, and put the socket into a folder that only "
                    + "this user can write");
        }

        return new TransportSettings { Protocols = Protocols(), NameOfAddress = names };
    }

    private Dictionary<string, string> TakeAddresses(List<(string Host, int? Port)> hosts, bool isHostGiven)
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        if (string.IsNullOrEmpty(AddressList))
            return names;
        string[] addresses = AddressList.Split(',');
        if (isHostGiven && addresses.Length != hosts.Count)
        {
            DatabaseThrow.AddressCombination(
                "the number of addresses (hostaddr) is not the number of hosts. Give one per host; an address may be empty.");
        }

        for (int index = 0; index < addresses.Length; index++)
        {
            if (addresses[index].Length > 0 && !System.Net.IPAddress.TryParse(addresses[index], out _))
                DatabaseThrow.AddressParameterValue("hostaddr", "numeric IPv4 or IPv6 addresses, separated by commas");
            if (index >= hosts.Count)
            {
                hosts.Add((addresses[index], null));
                continue;
            }

            if (addresses[index].Length == 0)
                continue;
            if (isHostGiven && hosts[index].Host.Length > 0)
                names[addresses[index]] = hosts[index].Host;
            hosts[index] = (addresses[index], hosts[index].Port);
        }

        return names;
    }

    private void SetHosts(List<(string Host, int? Port)> hosts)
    {
        string[] ports = PortList?.Split(',') ?? [];
        if (ports.Length > 1 && ports.Length != hosts.Count)
            DatabaseThrow.AddressCombination("the number of ports is neither 1 nor the number of hosts. Give one port, or one per host.");
        for (int index = 0; index < hosts.Count && ports.Length > 0; index++)
        {
            // An empty port is the default port, as in libpq.
            string port = ports[ports.Length == 1 ? 0 : index];
            hosts[index] = (hosts[index].Host, port.Length == 0 ? null : ConnectionUrl.ReadPort(port, index + 1));
        }

        if (hosts.Count == 1)
        {
            Settings.Host = hosts[0].Host;
            if (hosts[0].Port is { } port)
                Settings.Port = port;
            return;
        }

        Settings.Host = string.Join(',', hosts.Select(host => host switch
        {
            (_, null) => host.Host,
            ({ } name, { } port) when name.Contains(':', StringComparison.Ordinal) =>
                string.Create(CultureInfo.InvariantCulture, $"[{name}]:{port}"),
            var (name, port) => string.Create(CultureInfo.InvariantCulture, $"{name}:{port}"),
        }));
    }

    private SslProtocols Protocols()
    {
        if (MinProtocol == SslProtocols.None && MaxProtocol == SslProtocols.None)
            return SslProtocols.None;
        SslProtocols lowest = MinProtocol == SslProtocols.None ? SslProtocols.Tls12 : MinProtocol;
        SslProtocols highest = MaxProtocol == SslProtocols.None ? SslProtocols.Tls13 : MaxProtocol;
#pragma warning disable CA5397, CS0618, SYSLIB0039 // Old versions are used only if the address asks for them; the platform may refuse them.
        SslProtocols[] order = [SslProtocols.Tls, SslProtocols.Tls11, SslProtocols.Tls12, SslProtocols.Tls13];
#pragma warning restore CA5397, CS0618, SYSLIB0039
        if (MinProtocol == SslProtocols.None && highest < lowest)
            lowest = highest;
        if (highest < lowest)
            DatabaseThrow.AddressCombination("ssl_min_protocol_version is above ssl_max_protocol_version.");
        return order.Where(version => version >= lowest && version <= highest).Aggregate(
            SslProtocols.None, (all, version) => all | version);
    }
}
