use super::*;

const NOW: &str = "2026-05-02T14:00:00Z";

const FILE: &str = "
[default]
region = eu-west-1

[profile noscope]
sso_session = corp
sso_account_id = 111122223333
region = eu-west-1

[sso-session corp]
sso_start_url = https://corp.awsapps.com/start#
sso_region = eu-west-1

[profile old]
retry_mode = legacy # from 2015
s3 =
    retry_mode = nested
[profile vaulted]
credential_process = /usr/bin/aws-vault exec x --json
[profile mfa]
role_arn = arn:aws:iam::111122223333:role/ops
source_profile = vaulted
mfa_serial = arn:aws:iam::111122223333:mfa/a.chen
[profile orphan]
source_profile = vaultet
";

fn token(expires: &str, refresh: bool) -> String {
    let refresh = if refresh { r#","refreshToken":"canary""# } else { "" };
    format!(
        r#"{{"startUrl":"https://corp.awsapps.com/start",
            "accessToken":"canary","expiresAt":"{expires}"{refresh}}}"#
    )
}

fn traps(vars: &[(&str, &str)], profile: &str, cache: &[String]) -> Vec<Trap> {
    let files = AwsFiles {
        config_path: "/home/a/.aws/config".into(),
        config: Some(FILE.into()),
        credentials: None,
        sso_cache: cache.to_vec(),
    };
    let env = Env::of(vars.iter().copied());
    let profile = Some(profile).filter(|name| !name.is_empty());
    let now = NOW.parse().expect("a time");
    check_aws_environment(&env, &files, profile, true, now)
}

fn codes(traps: &[Trap]) -> Vec<&str> {
    traps.iter().map(|trap| trap.code).collect()
}

#[test]
fn a_plain_environment_has_no_traps() {
    assert_eq!(traps(&[], "", &[]), []);
    assert_eq!(traps(&[("AWS_MAX_ATTEMPTS", "3")], "default", &[]), []);
}

#[test]
fn a_missing_profile_is_named_with_the_nearest_one_and_the_file() {
    let traps = traps(&[("AWS_PROFILE", "nosuch")], "", &[]);
    assert_eq!(codes(&traps), ["profile"]);
    let text = traps[0].to_string();
    assert!(text.contains("`nosuch` is not in /home/a/.aws/config"), "{text}");
    let near = &self::traps(&[], "noscop", &[])[0];
    assert_eq!(near.fix, "Did you mean `noscope`? Take it with --profile.");
}

#[test]
fn a_retry_mode_of_old_is_told_from_the_variable_and_from_the_profile() {
    let by_env = traps(&[("AWS_RETRY_MODE", "legacy")], "", &[]);
    assert_eq!(codes(&by_env), ["retry-mode"]);
    assert_eq!(by_env[0].weight, Weight::Notice);
    let by_file = traps(&[], "old", &[]);
    assert_eq!(codes(&by_file), ["retry-mode"]);
    assert!(by_file[0].what.contains("`legacy`"), "{}", by_file[0].what);
    assert_eq!(traps(&[("AWS_RETRY_MODE", "adaptive")], "", &[]), []);
}

#[test]
fn no_attempts_and_garbled_attempts_are_told() {
    for text in ["0", "many", "-1"] {
        let traps = traps(&[("AWS_MAX_ATTEMPTS", text)], "", &[]);
        assert_eq!(codes(&traps), ["max-attempts"], "{text}");
    }
}

#[test]
fn a_session_not_signed_in_says_how_to() {
    let trap = &traps(&[], "noscope", &[])[0];
    assert_eq!(trap.what, "Profile `noscope` is not signed in by SSO.");
    assert!(trap.fix.contains("`aws sso login --sso-session corp`"));
    let remote = [("SSH_CONNECTION", "10.0.0.1 1 10.0.0.2 22")];
    let trap = &traps(&remote, "noscope", &[])[0];
    assert!(trap.fix.contains("--use-device-code"), "{}", trap.fix);
}

#[test]
fn a_token_past_its_end_counts_only_if_it_can_be_refreshed() {
    let cache = |expires, refresh| {
        codes(&traps(&[], "noscope", &[token(expires, refresh)])).len()
    };
    assert_eq!(cache("2026-05-02T15:00:00Z", false), 0);
    assert_eq!(cache("2026-05-02T13:00:00Z", false), 1);
    assert_eq!(cache("2026-05-02T13:00:00Z", true), 0);
}

#[test]
fn the_chain_of_source_profiles_is_followed() {
    let mfa = traps(&[], "mfa", &[]);
    assert_eq!(codes(&mfa), ["mfa", "credential-process"]);
    let wanted = "export-credentials --profile mfa --format env";
    assert!(mfa[0].fix.contains(wanted), "{}", mfa[0].fix);
    assert!(mfa[1].what.contains("/usr/bin/aws-vault"), "{}", mfa[1].what);
    assert!(!mfa[1].what.contains("exec"), "arguments may be secret");
    let orphan = &traps(&[], "orphan", &[])[0];
    assert!(orphan.what.starts_with("Profile `vaultet`"), "{}", orphan.what);
    assert!(orphan.fix.contains("`vaulted`"), "{}", orphan.fix);
}

#[test]
fn without_any_region_it_says_how_to_name_one() {
    let env = Env::default();
    let files = AwsFiles::default();
    let now = NOW.parse().expect("a time");
    let traps = check_aws_environment(&env, &files, None, false, now);
    assert_eq!(codes(&traps), ["region"]);
    let env = Env::of([("AWS_REGION", "eu-west-1")]);
    assert_eq!(check_aws_environment(&env, &files, None, false, now), []);
}
