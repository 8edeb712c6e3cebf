using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Npgsql;

namespace StellarPipeline.Postgres.Connections;

/// <summary>The file of authorities that must have signed the server's certificate, and the check by it.</summary>
/// <remarks>
/// libpq looks at the certificate wherever there is such a file, whatever sslmode says (PostgreSQL manual, "SSL Support", note on require;
/// initialize_SSL of fe-secure-openssl.c). Npgsql does so for verify-ca and verify-full only, so the other modes are made to here. Stricter
/// than libpq: a named file that is not there is an error, and after a certificate that does not pass nothing is sent in plain text, in no
/// mode.
/// </remarks>
internal static class RootCertificates
{
    /// <summary>Name of the variable of the environment.</summary>
    public const string Variable = "PGSSLROOTCERT";

    /// <summary>The file: the one of the address, of the environment, or the usual one if it exists; null for none.</summary>
    public static string? FileOf(NpgsqlConnectionStringBuilder settings)
    {
        if (Named(settings) is { } named)
            return named;
        string usual =
            Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify),
                ".postgresql", "root.crt");
        return File.Exists(usual) ? usual : null;
    }

    /// <summary>What the address or the environment name: a file, or the word for the platform's store; null for none.</summary>
    public static string? Named(NpgsqlConnectionStringBuilder settings) =>
        settings.RootCertificate is { Length: > 0 } given ? given
        : Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } variable ? variable
        : null;

    /// <summary>Makes the modes that demand no check take one where there is a file of authorities.</summary>
    /// <returns>The file that a certificate has to be checked by although the mode demands no TLS at all; null where Npgsql checks, or
    /// nothing is to be.</returns>
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

        // Npgsql refuses a check of ours beside a file of its own.
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

    /// <summary>Whether an authority of a file has signed the server's certificate. Its name is not looked at.</summary>
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

    /// <summary>The check of a handshake by a file.</summary>
    public static RemoteCertificateValidationCallback Check(string file)
    {
        X509Certificate2Collection authorities = Load(file);
        return (_, certificate, chain, _) => HasSigned(authorities, certificate, chain);
    }
}
