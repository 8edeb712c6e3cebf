using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Npgsql;

namespace StellarPipeline.Postgres.Connections;

/// <summary>Settings of an address for the network and TLS that Npgsql's connection string cannot express.</summary>
internal sealed record TransportSettings
{
    /// <summary>The value of sslrootcert that means the platform's own store.</summary>
    public const string PlatformStore = "system";

    /// <summary>Nothing beyond the connection string.</summary>
    public static readonly TransportSettings None = new();

    /// <summary>Allowed TLS versions; <see cref="SslProtocols.None"/> for those of the platform.</summary>
    public SslProtocols Protocols { get; init; }

    /// <summary>
    /// Whether the server's certificate must be signed by an authority of the platform's store, even if root.crt exists.
    /// </summary>
    public bool UsesPlatformStore { get; init; }

    /// <summary>
    /// The file of authorities that must have signed the certificate if the server uses TLS, for modes that do not require TLS; null for
    /// none.
    /// </summary>
    public string? AuthoritiesFile { get; init; }

    /// <summary>For each address of hostaddr, the host name that the certificate must be for.</summary>
    public IReadOnlyDictionary<string, string> NameOfAddress { get; init; } = new Dictionary<string, string>();

    /// <summary>The name that the certificate of a host must be for.</summary>
    public string NameOf(string host) => NameOfAddress.GetValueOrDefault(host, host);

    /// <summary>Applies the settings to a data source.</summary>
    public void Apply(NpgsqlDataSourceBuilder builder)
    {
        if (UsesPlatformStore)
            builder.UseRootCertificatesCallback(PlatformRoots);
        if (Protocols == SslProtocols.None && NameOfAddress.Count == 0 && AuthoritiesFile is null)
            return;
        builder.UseSslClientAuthenticationOptionsCallback(options =>
        {
            if (Protocols != SslProtocols.None)
                options.EnabledSslProtocols = Protocols;
            if (AuthoritiesFile is { } file)
                options.RemoteCertificateValidationCallback = RootCertificates.Check(file);
            if (options.TargetHost is { } host)
                options.TargetHost = NameOf(host);
        });
    }

    /// <summary>The authorities that this platform trusts.</summary>
    public static X509Certificate2Collection PlatformRoots()
    {
        var roots = new X509Certificate2Collection();
        foreach (StoreLocation location in new[] { StoreLocation.LocalMachine, StoreLocation.CurrentUser })
        {
            using var store = new X509Store(StoreName.Root, location);
            store.Open(OpenFlags.ReadOnly);
            roots.AddRange(store.Certificates);
        }

        return roots;
    }
}
