using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Npgsql;

namespace StellarPipeline.Postgres.Connections;

/// <summary>The file of authorities that must have signed the server's certificate, and the check against it.</summary>
/// <remarks>
/// libpq checks the certificate whenever such a file exists, whatever sslmode says (PostgreSQL manual, "SSL Support", note on require;
/// initialize_SSL of fe-secure-openssl.c). Npgsql does so only for verify-ca and verify-full, so this class adds the check to the other
/// modes. It is stricter than libpq: a named file that does not exist is an error, and after a certificate has failed the check, no mode
/// falls back to plain text.
/// </remarks>
internal static class RootCertificates
{
    /// <summary>Name of the environment variable.</summary>
    public const string Variable = "PGSSLROOTCERT";

    /// <summary>
    /// The file that the address or the environment names, otherwise <c>~/.postgresql/root.crt</c> if it exists; null for none.
    /// </summary>
    public static string? FileOf(NpgsqlConnectionStringBuilder settings)
    {
        if (Named(settings) is { } named)
            return named;
        string usual =
            Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify),
                ".postgresql", "root.crt");
        return File.Exists(usual) ? usual : null;
    }

    /// <summary>The value of the address or the environment: a file, or the word for the platform's store; null for none.</summary>
    public static string? Named(NpgsqlConnectionStringBuilder settings) =>
        settings.RootCertificate is { Length: > 0 } given ? given
        : Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } variable ? variable
        : null;

    /// <summary>If there is a file of authorities, adds the check to modes that do not require one.</summary>
    /// <returns>The file for the check in a mode that does not even require TLS; null if Npgsql does the check, or none is
    /// needed.</returns>
    public static string? Apply(NpgsqlConnectionStringBuilder settings)
    {
        if (settings.SslMode is not (SslMode.Require or SslMode.Prefer or SslMode.Allow)
            || settings.Host!.Split(',').All(ConnectionSettings.IsUnixSocket))
        {
            return null;
        }

        if (FileOf(settings) is not { } file)
            return null;
        if (settings.SslMode == SslMode.Require)
        {
            settings.SslMode = SslMode.VerifyCA;
            return null;
        }

        // Npgsql refuses a custom check together with a root certificate of its own.
        settings.RootCertificate = null;
        return file;
    }

    /// <summary>Reads the certificates of a file in PEM, DER or PKCS #12 form; empty if it holds none.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static X509Certificate2Collection Load(string file)
    {
        var found = new X509Certificate2Collection();
        byte[] content = File.ReadAllBytes(file);
        try
        {
            found.ImportFromPem(System.Text.Encoding.UTF8.GetString(content));
            if (found.Count == 0)
            {
                found.Add(X509Certificate2.GetCertContentType(content) == X509ContentType.Pfx
                    ? X509CertificateLoader.LoadPkcs12(content, null)
                    : X509CertificateLoader.LoadCertificate(content));
            }
        }
        catch (CryptographicException)
        {
            found.Clear();
        }

        return found;
    }

    /// <summary>Whether an authority of a file has signed the server's certificate. The host name is not checked.</summary>
    public static bool HasSigned(X509Certificate2Collection authorities, X509Certificate? certificate, X509Chain? shown)
    {
        if (certificate is null)
            return false;
        using var chain = new X509Chain();
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        if (shown is not null)
        {
            foreach (X509ChainElement element in shown.ChainElements)
                chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        }

        using var second = new X509Certificate2(certificate);
        return chain.Build(second);
    }

    /// <summary>The callback that checks the certificate of a handshake against a file.</summary>
    public static RemoteCertificateValidationCallback Check(string file)
    {
        X509Certificate2Collection authorities = Load(file);
        return (_, certificate, chain, _) => HasSigned(authorities, certificate, chain);
    }
}
