using System.Globalization;
using System.Security.Authentication;
using System.Text;
using Npgsql;

namespace StellarPipeline.Postgres.Connections;

/// <summary>
/// An address while it is read: hosts, addresses and ports can come from several places, and some parameters decide together.
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

    /// <summary>Settings of the server, in the form of libpq's options.</summary>
    public StringBuilder ServerSettings { get; } = new();

    /// <summary>Fills what the address does not say: from its service or PGSERVICE, then from the other variables of libpq.</summary>
    /// <param name="given">Names of the parameters that the address says.</param>
    public void TakeDefaults(HashSet<string> given)
    {
        bool isHostGiven = given.Contains("host") || given.Contains("hostaddr");
        if ((Service is { Length: > 0 } named ? named : isHostGiven ? null : LibpqEnvironment.Value("PGSERVICE")) is { } service)
        {
            // What the address says itself wins over the service.
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
            // A host that the address names must not be reached at an address that somebody set for another.
            if (!given.Contains(parameter) && !(isHostGiven && (parameter is "host" or "hostaddr")))
                ConnectionParameters.Set(this, parameter, value);
        }
    }

    /// <summary>Brings together what several parameters decide.</summary>
    /// <param name="authority">The hosts in front of the query; those of the query win over them, as in libpq.</param>
    /// <returns>What the connection string has no place for.</returns>
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
                "the user that a server on a socket runs as is not looked at here. Leave it out, and put the socket into a folder that "
                    + "only this user can write");
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
                "there are not as many addresses (hostaddr) as hosts. Give one for each, or leave it empty between the commas.");
        }

        for (int index = 0; index < addresses.Length; index++)
        {
            if (addresses[index].Length > 0 && !System.Net.IPAddress.TryParse(addresses[index], out _))
                DatabaseThrow.AddressParameterValue("hostaddr", "numeric addresses of IPv4 or IPv6, joined by commas");
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
            DatabaseThrow.AddressCombination("there are neither one port nor as many ports as hosts. Give one of both.");
        for (int index = 0; index < hosts.Count && ports.Length > 0; index++)
        {
            // An empty port is the usual one, as in libpq.
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
#pragma warning disable CA5397, CS0618, SYSLIB0039 // Old versions are the address's own choice, and the platform may refuse them still.
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
