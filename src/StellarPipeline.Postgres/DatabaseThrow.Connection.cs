using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using StellarPipeline.Postgres.Connections;

namespace StellarPipeline.Postgres;

/// <summary>
/// Throw helpers of this library. This part: database addresses. No message repeats a part of the address that could belong to a
/// password.
/// </summary>
internal static partial class DatabaseThrow
{
    private const string EncodeHint =
        "If the password holds one of : / ? # [ ] @ % , write it percent-encoded (@ as %40, / as %2F, : as %3A, % as %25).";

    [DoesNotReturn]
    internal static void AddressEmpty() =>
        throw new ConnectionSettingsException(
            "The address of the database is empty. Write postgres://user:password@host:5432/database, or "
                + "Host=…;Port=…;Database=…;Username=…;Password=….");

    [DoesNotReturn]
    internal static void AddressScheme() =>
        throw new ConnectionSettingsException(
            "The address of the database is a URL that does not begin with postgres:// or postgresql://. Use one of these.");

    [DoesNotReturn]
    internal static void AddressEncoding(string part) =>
        throw new ConnectionSettingsException(
            $"The {part} in the database URL contains a % that is not followed by two hexadecimal digits. {EncodeHint}");

    [DoesNotReturn]
    internal static void AddressHost(int number) =>
        throw new ConnectionSettingsException(
            $"Host number {number} in the database URL is not a host name, an address, or a percent-encoded socket folder. {EncodeHint}");

    [DoesNotReturn]
    internal static void AddressPort(int number) =>
        throw new ConnectionSettingsException(
            $"The port of host number {number} in the database address is not a number from 1 to 65535. {EncodeHint}");

    [DoesNotReturn]
    internal static void AddressParameterForm() =>
        throw new ConnectionSettingsException(
            $"The part of the database URL after the ? is not a list of name=value pairs joined by &. {EncodeHint}");

    [DoesNotReturn]
    internal static void AddressParameterUnknown(string name, IEnumerable<string> known) =>
        throw new ConnectionSettingsException(
            $"The database address, or a service that it names, has an unknown parameter, {name}. Known parameters: "
                + $"{string.Join(", ", known.Order(StringComparer.Ordinal))}.");

    [DoesNotReturn]
    internal static void AddressParameterValue(string name, string expected) =>
        throw new ConnectionSettingsException($"The value of {name} in the database address cannot be used. Give {expected}.");

    [DoesNotReturn]
    internal static void AddressParameterRefused(string name, string reason) =>
        throw new ConnectionSettingsException($"{name} in the database address is not supported: {reason}.");

    [DoesNotReturn]
    internal static void ServiceMissing(string service, IReadOnlyList<string> files) =>
        throw new ConnectionSettingsException(
            $"None of these files contains the service {service} of the database address: {string.Join(", ", files)}. Add a section "
                + $"[{service}], or name the file (servicefile, PGSERVICEFILE).");

    [DoesNotReturn]
    internal static void ServiceLine(string file, int line) =>
        throw new ConnectionSettingsException(FormattableString.Invariant(
            $"Line {line} of the service file {file} is not name=value. Correct it (LDAP lookups are not supported)."));

    [DoesNotReturn]
    internal static void FileMissing(string parameter, string file, string reason) =>
        throw new ConnectionSettingsException(
            $"The file {file}, which {parameter} of the database address names, cannot be read: {Sentence(reason)} Correct the name or "
                + $"the file's permissions.");

    [DoesNotReturn]
    internal static void FileWithoutCertificate(string parameter, string file) =>
        throw new ConnectionSettingsException(
            $"The file {file}, which {parameter} of the database address names, contains no certificate. Name the file with the "
                + $"certificate of the authority that signed the server's, in PEM form.");

    [DoesNotReturn]
    internal static void AddressSyntax() =>
        throw new ConnectionSettingsException(
            "The address of the database is neither a postgres:// URL nor a list of Keyword=Value pairs joined by semicolons. Put a value "
                + "that contains ; or = in double quotes.");

    [DoesNotReturn]
    internal static void AddressKeyword() =>
        throw new ConnectionSettingsException(
            "The address of the database has a keyword that Npgsql does not know. It is not shown here, because it may be the rest of a "
                + "password that contains a semicolon: put such a value in double quotes. Common keywords: Host, Port, Database, Username, "
                + "Password, Search Path, SSL Mode, Root Certificate, Application Name, Timeout.");

    [DoesNotReturn]
    internal static void AddressValueEmpty(string name) =>
        throw new ConnectionSettingsException(
            $"The database address gives {name} without a value. Leave it out for the default, or give it a value. Perhaps a variable is "
                + $"not set.");

    [DoesNotReturn]
    internal static void AddressSpaces() =>
        throw new ConnectionSettingsException(
            "The host in the database address contains a space. Write a postgres:// URL, libpq keywords separated by spaces (host=… "
                + "port=… dbname=… user=…), or Npgsql's Keyword=Value pairs joined by semicolons.");

    /// <summary>A session does not have a setting that the address requires.</summary>
    [DoesNotReturn]
    internal static void SessionDiffers(string server, SessionFacts facts, string name, string asked, string found)
    {
        string why = facts.IsPooled
            ? string.Create(CultureInfo.InvariantCulture,
                $"A pooler is in front of the server (process {facts.ProcessId} answers, but the connection was made to another "
                    + $"one), and drops or changes it")
            : "A pooler or proxy in front of the server may drop or change it";
        if (name == "target_session_attrs")
            why = "The name may stand for several servers";
        string schema = name == "search_path" ? " or leave search_path out of the address and name the schema separately," : "";
        throw new ConnectionSettingsException(
            $"{name} should be '{asked}' on {server}, but is '{found}' in the session. {why}: connect to the server itself,{schema} or "
                + $"take {name} out of the address. Nothing was changed.");
    }

    [DoesNotReturn]
    internal static void StartupRefused(string server, Npgsql.PostgresException cause) =>
        throw new ConnectionSettingsException(
            $"{server} does not accept a parameter of the address: {Sentence(cause.MessageText)} Poolers such as PgBouncer accept few "
                + "parameters. Connect to the server itself, or take the parameter out of the address; a schema can be named "
                + "separately instead of search_path. Nothing was changed.");

    [DoesNotReturn]
    internal static void NoSchema(string server, string searchPath) =>
        throw new ConnectionSettingsException(
            $"No schema of the search path ({searchPath}) on {server} exists and may be used by this role. Name the schema, create it and "
                + $"grant USAGE on it, or correct search_path.");

    [DoesNotReturn]
    internal static void SchemaMissing(string server, string schema) =>
        throw new ConnectionSettingsException(
            $"Schema {schema} does not exist on {server}, or this role may not use it. Names are case-sensitive. Create it (CREATE "
            + $"SCHEMA), grant its use (GRANT USAGE ON SCHEMA), or name another one.");

    [DoesNotReturn]
    internal static void AddressCombination(string reason) =>
        throw new ConnectionSettingsException($"The parts of the database address contradict each other: {reason}");
}
