using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace StellarPipeline.Dataflow;

/// <summary>Describes what is wrong with a server's certificate: a wrong name, an unknown authority, or a date that is not valid.</summary>
internal static class CertificateProblem
{
    private const int MaxNamesShown = 5;

    /// <summary>Describes why a certificate was rejected.</summary>
    /// <param name="host">The expected name.</param>
    /// <param name="certificate">The certificate; null if the server sent none.</param>
    /// <param name="chain">Its chain, as far as it could be built.</param>
    /// <param name="errors">The errors found by the platform.</param>
    /// <param name="now">The time of this machine's clock.</param>
    /// <returns>One or more clauses, such as <c>its certificate is for db.example, not for 10.0.0.5</c>.</returns>
    public static string Describe(string host, X509Certificate2? certificate, X509Chain? chain, SslPolicyErrors errors, DateTimeOffset now)
    {
        if (certificate is null || errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable))
            return "the server sends no certificate";
        var problems = new List<string>();
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
            problems.Add($"its certificate is for {Names(certificate)}, not for {host}");
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors))
            AddChain(problems, certificate, chain, now);
        return problems.Count == 0 ? "its certificate is rejected" : string.Join("; ", problems);
    }

    private static void AddChain(List<string> problems, X509Certificate2 certificate, X509Chain? chain, DateTimeOffset now)
    {
        X509ChainStatusFlags flags = (chain?.ChainStatus ?? Array.Empty<X509ChainStatus>()).Aggregate(
            X509ChainStatusFlags.NoError, (all, status) => all | status.Status);
        X509Certificate2 last = chain is { ChainElements.Count: > 0 } ? chain.ChainElements[^1].Certificate : certificate;
        if (flags.HasFlag(X509ChainStatusFlags.NotTimeValid))
            problems.Add(Dates([.. chain?.ChainElements.Select(element => element.Certificate) ?? [], certificate], now));
        if (flags.HasFlag(X509ChainStatusFlags.UntrustedRoot))
        {
            problems.Add(
                last.Equals(certificate)
                    ? $"its certificate is self-signed ({Short(certificate.Subject)})"
                    : $"the authority {Short(last.Subject)} is not trusted here");
        }
        else if (flags.HasFlag(X509ChainStatusFlags.PartialChain))
        {
            problems.Add($"the issuer {Short(last.Issuer)} is not known here, or the server does not send the intermediate certificates");
        }

        if (flags.HasFlag(X509ChainStatusFlags.Revoked))
            problems.Add("its certificate was revoked");
        if (problems.Count == 0)
        {
            problems.Add(
                $"its certificate is rejected ({(flags == X509ChainStatusFlags.NoError ? "chain" : flags.ToString())}), issued by "
                    + $"{Short(certificate.Issuer)}");
        }
    }

    private static string Dates(X509Certificate2[] certificates, DateTimeOffset now)
    {
        X509Certificate2 wrong = Array.Find(certificates, each => now < each.NotBefore || now > each.NotAfter) ?? certificates[0];
        string clock = $"this machine's clock says {Day(now.UtcDateTime)}";
        return now < wrong.NotBefore
            ? $"the certificate of {Short(wrong.Subject)} is valid only from {Day(wrong.NotBefore.ToUniversalTime())} on, and {clock}"
            : $"the certificate of {Short(wrong.Subject)} expired on {Day(wrong.NotAfter.ToUniversalTime())}, and {clock}";
    }

    private static string Names(X509Certificate2 certificate)
    {
        X509SubjectAlternativeNameExtension? alternatives =
            certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault();
        List<string> names = alternatives is null
            ? []
            : [.. alternatives.EnumerateDnsNames(), .. alternatives.EnumerateIPAddresses().Select(address => address.ToString())];
        if (names.Count == 0)
            names.Add(Short(certificate.GetNameInfo(X509NameType.DnsName, forIssuer: false)));
        string more = names.Count > MaxNamesShown ? FormattableString.Invariant($" and {names.Count - MaxNamesShown} more") : "";
        return string.Join(", ", names.Take(MaxNamesShown)) + more;
    }

    private static string Day(DateTime time) => time.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) + " UTC";

    // Names in certificates come from outside: remove control characters and limit their length.
    private static string Short(string name)
    {
        string line = new([.. name.Select(character => char.IsControl(character) ? ' ' : character)]);
        return line.Length == 0 ? "without a name" : line.Length <= 120 ? line : line[..120] + "…";
    }
}
