using System.Diagnostics.CodeAnalysis;

namespace StellarPipeline.Postgres;

/// <summary>Throw sites of this library. This part: addresses of databases. No message repeats a part of the address that could belong to a password.</summary>
internal static partial class DatabaseThrow
{
    private const string EncodeHint =
        "If the password holds one of : / ? # [ ] @ % , write it percent-encoded (@ as %40, / as %2F, : as %3A, % as %25).";

    [DoesNotReturn]
    internal static void AddressEmpty() =>
        throw new ConnectionSettingsException(
            "The address of the database is empty. Write postgres://user:password@host:5432/database, or Host=…;Port=…;Database=…;Username=…;Password=….");

    [DoesNotReturn]
    internal static void AddressScheme() =>
        throw new ConnectionSettingsException("The address of the database is a URL, but does not begin with postgres:// or postgresql://. Use one of these.");

    [DoesNotReturn]
    internal static void AddressEncoding(string part) =>
        throw new ConnectionSettingsException($"The {part} in the database URL holds a % that is not followed by two hexadecimal digits. {EncodeHint}");

    [DoesNotReturn]
    internal static void AddressHost(int number) =>
        throw new ConnectionSettingsException($"Host number {number} in the database URL is not a host name, an address, or a percent-encoded socket folder. {EncodeHint}");

    [DoesNotReturn]
    internal static void AddressPort(int number) =>
        throw new ConnectionSettingsException($"The port of host number {number} in the database address is not a number from 1 to 65535. {EncodeHint}");

    [DoesNotReturn]
    internal static void AddressParameterForm() =>
        throw new ConnectionSettingsException($"What follows the ? in the database URL is not a list of name=value parts joined by &. {EncodeHint}");

    [DoesNotReturn]
    internal static void AddressParameterUnknown(string name, IEnumerable<string> known) =>
        throw new ConnectionSettingsException($"The database URL has a parameter {name}, which is not known here. Known are: {string.Join(", ", known.Order(StringComparer.Ordinal))}.");

    [DoesNotReturn]
    internal static void AddressParameterValue(string name, string expected) =>
        throw new ConnectionSettingsException($"The value of {name} in the database address cannot be used. Give {expected}.");

    [DoesNotReturn]
    internal static void AddressSyntax() =>
        throw new ConnectionSettingsException(
            "The address of the database is neither a postgres:// URL nor a list of Keyword=Value parts joined by semicolons. Put a value that holds ; or = in double quotes.");

    [DoesNotReturn]
    internal static void AddressKeyword() =>
        throw new ConnectionSettingsException(
            "The address of the database has a keyword that Npgsql does not know. It is not shown here, because it may be the rest of a password that holds a semicolon: put such "
            + "a value in double quotes. Usual keywords: Host, Port, Database, Username, Password, Search Path, SSL Mode, Root Certificate, Application Name, Timeout.");

    [DoesNotReturn]
    internal static void AddressSpaces() =>
        throw new ConnectionSettingsException(
            "The host in the database address holds a space. Join the Keyword=Value parts by semicolons (libpq's form with spaces is not understood), or write a postgres:// URL.");

    [DoesNotReturn]
    internal static void AddressCombination(string reason) =>
        throw new ConnectionSettingsException($"The parts of the database address do not go together: {reason}");
}
